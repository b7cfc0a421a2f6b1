# SPDX-License-Identifier: BSD-2-Clause
# Makes leaktrace the memory checker of "ctest -T memcheck". Include it before CTest:
#
#   include(Leaktrace OPTIONAL)
#   include(CTest)
#
# LEAKTRACE_COMMAND        the program; found by itself where it is in PATH
# LEAKTRACE_CTEST_OPTIONS  more options for leaktrace, such as "--fail-on none"
#
# Needs CMake 3.19: earlier ones know no memory checker whose defects have names.

find_program(LEAKTRACE_COMMAND leaktrace DOC "The leak finder leaktrace")
set(LEAKTRACE_CTEST_OPTIONS "" CACHE STRING "Options of leaktrace as CTest's memory checker")

if(LEAKTRACE_COMMAND AND NOT CMAKE_VERSION VERSION_LESS 3.19)
  set(MEMORYCHECK_COMMAND "${LEAKTRACE_COMMAND}" CACHE FILEPATH "CTest's memory checker" FORCE)
  set(MEMORYCHECK_TYPE CudaSanitizer)
  set(MEMORYCHECK_COMMAND_OPTIONS "--quiet ${LEAKTRACE_CTEST_OPTIONS} --")
endif()
