/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Libraries that one command needs and that bring two dozen others along: to load and relocate them
 * all takes every other command longer than its own work. They are opened when they are needed.
 *
 *	#define TOOL_FUNCTIONS(X) X(tool_open) X(tool_close)
 *	struct tool { TOOL_FUNCTIONS(LATE_MEMBER) };
 *	static const char *const names[] = { TOOL_FUNCTIONS(LATE_NAME) NULL };
 *	late_open(LIBRARY_tool, names, &tool);
 */
#ifndef UTIL_LATE_H
#define UTIL_LATE_H

#define LATE_MEMBER(function) __typeof__(&(function)) function;
#define LATE_NAME(function) #function,

/*
 * functions: a struct of pointers to the functions of these names (NULL ends them), in their order.
 * The library stays open. Logs; 0 or -ENOENT.
 */
int late_open(const char *library, const char *const *names, void *functions);

#endif
