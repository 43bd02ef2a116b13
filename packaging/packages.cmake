# SPDX-License-Identifier: MIT
#
# The Debian packages, one a component of install.cmake; `cpack --config
# build/CPackConfig.cmake` (or ./dev package) puts them into build/packages:
#
#   understudy           component daemon        MIT; links no ns-3
#   libunderstudy-dev    component development   headers, static libraries, CMake package, examples
#   python3-understudy   component python        the Python package and the scenarios
#
# Each also gets copyright and changelog; packaging/PACKAGE/ holds its maintainer scripts. Every
# dependency of a program is found by dpkg-shlibdeps.

file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/changelog" newest LIMIT_COUNT 1)
if(NOT newest MATCHES "^understudy \\(${PROJECT_VERSION}-([0-9]+)\\) ")
  message(FATAL_ERROR "packaging/changelog begins with \"${newest}\"; its first entry must be of "
                      "version ${PROJECT_VERSION}")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE "${CMAKE_MATCH_1}")

find_program(GZIP gzip REQUIRED)
set(changelog "${PROJECT_BINARY_DIR}/packaging/changelog.Debian.gz")
add_custom_command(OUTPUT "${changelog}"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${PROJECT_BINARY_DIR}/packaging"
  COMMAND sh -c "'${GZIP}' -9 -n <'${CMAKE_CURRENT_LIST_DIR}/changelog' >'${changelog}'"
  DEPENDS "${CMAKE_CURRENT_LIST_DIR}/changelog"
  COMMENT "Compressing the packages' changelog"
  VERBATIM)
add_custom_target(changelog ALL DEPENDS "${changelog}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL daemon development python)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
# The project has no mail address, and says so.
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The Understudy authors <authors@understudy.invalid>")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# understudy_debian_package(PACKAGE COMPONENT name SECTION name FIELD value... SAYS text):
# the control fields of a package, and what all packages have.
function(understudy_debian_package package)
  cmake_parse_arguments(PARSE_ARGV 1 arg ""
    "COMPONENT;SECTION;DEPENDS;RECOMMENDS;SUGGESTS;SUMMARY;DESCRIPTION" "")
  string(TOUPPER "${arg_COMPONENT}" COMPONENT)
  set(control CPACK_DEBIAN_${COMPONENT})
  set(${control}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(${control}_PACKAGE_SECTION ${arg_SECTION} PARENT_SCOPE)
  foreach(field IN ITEMS DEPENDS RECOMMENDS SUGGESTS)
    set(${control}_PACKAGE_${field} "${arg_${field}}" PARENT_SCOPE)
  endforeach()
  set(${control}_DESCRIPTION "${arg_SUMMARY}\n${arg_DESCRIPTION}" PARENT_SCOPE)
  file(GLOB scripts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/packaging/${package}/*")
  set(${control}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)

  install(FILES "${PROJECT_SOURCE_DIR}/packaging/copyright" "${changelog}"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}"
    COMPONENT ${arg_COMPONENT} EXCLUDE_FROM_ALL)
endfunction()

# It boots the other server through a fence agent.
understudy_debian_package(understudy
  COMPONENT daemon
  SECTION admin
  RECOMMENDS fence-agents
  SUGGESTS prometheus-node-exporter
  SUMMARY "failover of a pair of servers"
  DESCRIPTION
"Two servers share two addresses. Whoever holds the primary address serves the
network; the other holds the monitor address, pings the primary, boots it when
it falls silent, and takes its place.
.
This package holds the daemon understudyd and its client understudyctl. It
starts nothing: understudyd(8) says what to configure first.")
install(DIRECTORY DESTINATION /etc/understudy COMPONENT daemon EXCLUDE_FROM_ALL)

understudy_debian_package(libunderstudy-dev
  COMPONENT development
  SECTION libdevel
  DEPENDS "libns3-dev, libtomlplusplus-dev"
  SUGGESTS "cmake, python3-understudy"
  SUMMARY "failover of a pair of servers - for programs that simulate it"
  DESCRIPTION
"The algorithm of understudy as static libraries for C++20, with a world in
virtual time and with models and a helper for ns-3: a pair of servers on two
nodes of a topology of your own. CMake finds it as the package understudy.")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/libunderstudy-dev"
  COMPONENT development EXCLUDE_FROM_ALL)

# The modules are made for one version of Python.
math(EXPR next_minor "${Python_VERSION_MINOR} + 1")
understudy_debian_package(python3-understudy
  COMPONENT python
  SECTION python
  DEPENDS "python3 (>= 3.${Python_VERSION_MINOR}~), python3 (<< 3.${next_minor}), python3-numpy, \
python3-pandas, python3-scipy, python3-tqdm"
  RECOMMENDS python3-xarray
  SUGGESTS python3-matplotlib
  SUMMARY "failover of a pair of servers - experiments in Python"
  DESCRIPTION
"Scenarios of a pair of servers, run in virtual time or in ns-3 with real
packets: single runs, sweeps that are kept in SQLite, estimates of rare events,
and their statistics.")

include(CPack)
