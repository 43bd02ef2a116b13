# SPDX-License-Identifier: MIT
#
# The modules of ns-3 that understudy_ns3 links, as imported targets ns3::core, ns3::internet, ...,
# listed in ns3_modules. Used by the tree and, installed, by the package.
#
# Debian's ns-3 brings a CMake package that cannot be found with libns3-dev alone (it names files of
# other packages), and the libraries do not bring each other along, so each is looked for by name.
# Afterwards ns3_missing names what was not found: nothing, if all is well.

set(ns3_modules)
set(ns3_missing)

find_path(NS3_INCLUDE_DIR ns3/simulator.h)
mark_as_advanced(NS3_INCLUDE_DIR)
if(NOT NS3_INCLUDE_DIR)
  list(APPEND ns3_missing ns3/simulator.h)
endif()

foreach(module IN ITEMS applications bridge core csma internet internet-apps mobility netanim network
                        point-to-point stats traffic-control)
  find_library(NS3_LIBRARY_${module} ns3-${module})
  mark_as_advanced(NS3_LIBRARY_${module})
  list(APPEND ns3_modules ns3::${module})
  if(NOT NS3_LIBRARY_${module})
    list(APPEND ns3_missing libns3-${module})
  elseif(NOT TARGET ns3::${module})
    add_library(ns3::${module} SHARED IMPORTED GLOBAL)
    set_target_properties(ns3::${module} PROPERTIES
      IMPORTED_LOCATION "${NS3_LIBRARY_${module}}"
      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${NS3_INCLUDE_DIR}"
      INTERFACE_COMPILE_DEFINITIONS NS3_LOG_ENABLE) # as the library itself was built
  endif()
endforeach()
