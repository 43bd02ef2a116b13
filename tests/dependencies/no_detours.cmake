# SPDX-License-Identifier: MIT
#
# Fails for each #include under model/ that goes round the include path ("../scenario/scenario.h"),
# and for each in model/failover that is neither its own nor the standard library's.

file(GLOB_RECURSE files RELATIVE "${MODEL}" "${MODEL}/*.h" "${MODEL}/*.cc")
foreach(file IN LISTS files)
  file(STRINGS "${MODEL}/${file}" includes REGEX "^[ \t]*#[ \t]*include")
  foreach(include IN LISTS includes)
    if(include MATCHES "\\.\\./" OR (file MATCHES "^failover/" AND
                                     NOT include MATCHES "<[a-z_0-9]+>|\"understudy/failover/"))
      message(SEND_ERROR "model/${file}: ${include}")
    endif()
  endforeach()
endforeach()
