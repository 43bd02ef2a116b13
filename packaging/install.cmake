# SPDX-License-Identifier: MIT
#
# What `cmake --install build --prefix P` puts under P, which may be moved afterwards:
#
#   component development
#     include/understudy/           the headers, as "understudy/failover/agent.h" finds them
#     lib/                          the static libraries
#     lib/cmake/understudy/         find_package(understudy COMPONENTS ns3)
#   component daemon
#     sbin/understudyd, bin/understudyctl, share/man/
#     libexec/understudy/           what the daemon starts, a fence agent for Wake-on-LAN
#     lib/systemd/system/           the unit, which finds the daemon under /usr and /usr/local
#     share/doc/understudy/         its example, README
#   component programs
#     bin/understudy-NAME           the scenario programs
#     libexec/understudy/           what the lab's servers run beside the daemon
#     share/doc/understudy/LICENSE
#   component python
#     share/understudy/scenarios/   the scenarios
#     lib/python3/dist-packages/    the package, where Debian looks; if asked for by --component
#
# Components make the Debian packages, with what packaging/ adds.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/understudy")
set(components failover scenario outcome virtual_time ns3) # each needs some of those before it only

foreach(component IN LISTS components)
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/model/${component}/*.h")
  install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/understudy/${component}"
    COMPONENT development)
  set_target_properties(understudy_${component} PROPERTIES EXPORT_NAME ${component})
  install(TARGETS understudy_${component} EXPORT understudy-${component}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT understudy-${component}
    NAMESPACE understudy::
    FILE understudy-${component}-targets.cmake
    DESTINATION "${package_dir}"
    COMPONENT development)
endforeach()
install(FILES "${PROJECT_BINARY_DIR}/include/version/understudy/version.h"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/understudy"
  COMPONENT development)
# As of programs, `cmake --install --strip` takes what only a debugger reads; CMake spares archives.
install(CODE "
  if(CMAKE_INSTALL_DO_STRIP)
    file(GLOB archives
      \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libunderstudy_*.a\")
    execute_process(
      COMMAND \"${CMAKE_STRIP}\" --strip-debug --enable-deterministic-archives \${archives}
      COMMAND_ERROR_IS_FATAL ANY)
  endif()
" COMPONENT development)

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/understudy-config.cmake.in"
  "${PROJECT_BINARY_DIR}/understudy-config.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/understudy-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/understudy-config.cmake"
  "${PROJECT_BINARY_DIR}/understudy-config-version.cmake"
  DESTINATION "${package_dir}"
  COMPONENT development)
install(FILES "${PROJECT_SOURCE_DIR}/model/ns3/modules.cmake"
  DESTINATION "${package_dir}" RENAME understudy-ns3-modules.cmake
  COMPONENT development)

set(daemon_dir "${PROJECT_SOURCE_DIR}/model/live/daemon")
install(TARGETS understudyd RUNTIME DESTINATION "${CMAKE_INSTALL_SBINDIR}" COMPONENT daemon)
install(TARGETS understudyctl RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT daemon)
install(TARGETS fence_holder fence_wake
  RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/understudy" COMPONENT daemon)
install(FILES "${daemon_dir}/understudyd.service" DESTINATION lib/systemd/system COMPONENT daemon)
install(FILES "${daemon_dir}/understudyd.toml"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT daemon)
install(FILES "${PROJECT_SOURCE_DIR}/README.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT daemon)
foreach(page IN ITEMS understudyctl.1 understudyd.toml.5 understudyd.8)
  cmake_path(GET page EXTENSION LAST_ONLY section)
  string(REPLACE "." "${CMAKE_INSTALL_MANDIR}/man" folder "${section}")
  install(FILES "${PROJECT_BINARY_DIR}/docs/manual/${page}.gz"
    DESTINATION "${folder}" COMPONENT daemon)
endforeach()

set(python_dir lib/python3/dist-packages/understudy)
install(TARGETS understudy_python_virtual understudy_python_ns3
  LIBRARY DESTINATION "${python_dir}" COMPONENT python EXCLUDE_FROM_ALL)
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bindings/understudy/*.py"
     "${PROJECT_SOURCE_DIR}/bindings/understudy/*.pyi"
     "${PROJECT_SOURCE_DIR}/bindings/understudy/py.typed")
install(FILES ${sources} "${PROJECT_BINARY_DIR}/python/understudy/tables.pyi"
  DESTINATION "${python_dir}" COMPONENT python EXCLUDE_FROM_ALL)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/bindings/understudy/report_page"
  DESTINATION "${python_dir}" COMPONENT python EXCLUDE_FROM_ALL)

file(GLOB scenarios CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/scenarios/*.toml")
install(FILES ${scenarios}
  DESTINATION "${CMAKE_INSTALL_DATADIR}/understudy/scenarios" COMPONENT python)
foreach(scenario IN LISTS scenarios)
  cmake_path(GET scenario STEM name)
  install(PROGRAMS "$<TARGET_FILE:scenario_${name}>"
    DESTINATION "${CMAKE_INSTALL_BINDIR}" RENAME understudy-${name} COMPONENT programs)
endforeach()
install(TARGETS fence_lab check_lab
  RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/understudy" COMPONENT programs)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT programs)
