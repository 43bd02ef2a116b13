# SPDX-License-Identifier: MIT
#
# What `cmake --install build --prefix P` puts under P, which may be moved afterwards:
#
#   include/understudy/       the headers, as "understudy/failover/agent.h" finds them
#   lib/                      the static libraries
#   lib/cmake/understudy/     find_package(understudy COMPONENTS ns3)
#   bin/understudy-NAME       the scenario programs
#   share/understudy/         their scenarios
#   share/doc/understudy/     licence and README

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/understudy")
set(components failover scenario outcome virtual_time ns3) # each needs some of those before it only

foreach(component IN LISTS components)
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/model/${component}/*.h")
  install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/understudy/${component}")
  set_target_properties(understudy_${component} PROPERTIES EXPORT_NAME ${component})
  install(TARGETS understudy_${component} EXPORT understudy-${component}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT understudy-${component}
    NAMESPACE understudy::
    FILE understudy-${component}-targets.cmake
    DESTINATION "${package_dir}")
endforeach()
install(FILES "${PROJECT_BINARY_DIR}/include/version/understudy/version.h"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/understudy")

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
  DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/model/ns3/modules.cmake"
  DESTINATION "${package_dir}" RENAME understudy-ns3-modules.cmake)

file(GLOB scenarios CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/scenarios/*.toml")
install(FILES ${scenarios} DESTINATION "${CMAKE_INSTALL_DATADIR}/understudy/scenarios")
foreach(scenario IN LISTS scenarios)
  cmake_path(GET scenario STEM name)
  install(PROGRAMS "$<TARGET_FILE:scenario_${name}>"
    DESTINATION "${CMAKE_INSTALL_BINDIR}" RENAME understudy-${name})
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
