# SPDX-License-Identifier: MIT
#
# Installs BUILD, moves what came of it to PREFIX, and looks for what would tie it to this machine.

set(first "${PREFIX}.first")
file(REMOVE_RECURSE "${first}" "${PREFIX}")
execute_process(
  COMMAND ${CMAKE_COMMAND} --install "${BUILD}" --prefix "${first}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${first}" "${PREFIX}")

foreach(file IN ITEMS bin/understudy-crash share/understudy/scenarios/crash.toml
                      share/doc/understudy/LICENSE include/understudy/version.h
                      share/man/man5/understudyd.toml.5.gz
                      libexec/understudy/fence_holder libexec/understudy/fence_wake
                      libexec/understudy/fence_lab libexec/understudy/check_lab)
  if(NOT EXISTS "${PREFIX}/${file}")
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()

file(GLOB_RECURSE texts "${PREFIX}/*.cmake" "${PREFIX}/*.h")
foreach(text IN LISTS texts)
  file(READ "${text}" content)
  foreach(folder IN ITEMS "${SOURCE}" "${BUILD}" "${first}")
    string(FIND "${content}" "${folder}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${text} names ${folder}")
    endif()
  endforeach()
endforeach()

file(GLOB programs "${PREFIX}/bin/understudy*" "${PREFIX}/sbin/*")
foreach(program IN LISTS programs)
  set(arguments)
  if(program MATCHES "/understudy(d|ctl)$")
    set(arguments --version)
  endif()
  execute_process(
    COMMAND "${program}" ${arguments}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(
    COMMAND readelf --dynamic "${program}"
    OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
  if(dynamic MATCHES "R(UN)?PATH")
    message(FATAL_ERROR "${program} looks for libraries in a folder of its own")
  endif()
endforeach()
