/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standard input, output and error may be closed when leaktrace starts. A file that it opens would
 * take the number, and a report would be written into a recording or a kernel map.
 */
#ifndef LT_CMD_STREAMS_H
#define LT_CMD_STREAMS_H

/*
 * Gives the number to a descriptor that can be neither read nor written, and that a command does
 * not inherit: for both it is as closed as before. To be called before anything is opened.
 */
void streams_reserve(void);

#endif
