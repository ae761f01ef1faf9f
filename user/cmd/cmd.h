/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands. Each file of user/cmd holds one, as one const row: `const struct command cmd_load`. The
 * row is all there is to say about it: name, function, options and help; main() finds it in the
 * table of cdgctl.c. A command reads options, wires a source to the sink and returns an exit code.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/sink/sink.h"

/* Exit codes; with -j the error object carries the same number. */
enum cmd_exit {
	CMD_OK = 0,
	CMD_USAGE = 1,	    /* what was typed makes no sense */
	CMD_REFUSED = 2,    /* the kernel or the system said no */
	CMD_NOT_LOADED = 3, /* nothing is loaded; of `syn get`: there is no SYN */
	CMD_NO_FEATURE = 4, /* this kernel cannot do it */
	CMD_DEGRADED = 5,   /* loaded, but not all is well */
};

enum option_type {
	OPTION_FLAG,	 /* bool */
	OPTION_TEXT,	 /* const char *, NULL if not given */
	OPTION_NUMBER,	 /* uint64_t */
	OPTION_DURATION, /* uint64_t ns, from "10", "10s", "500ms", "2m" */
	OPTION_LIST,	 /* struct cmd_list: may be given more than once */
	OPTION_MAYBE, /* const char *: value only behind "=", "" without, NULL: not given */
};

#define CMD_LIST_MAX 32
struct cmd_list {
	char *item[CMD_LIST_MAX];
	int count;
};

/* A row of a command's options; a row without name ends the table. */
struct cmd_option {
	const char *name; /* without "--" */
	char letter;	  /* or 0 */
	uint8_t type;	  /* enum option_type */
	uint16_t offset;  /* into the command's own struct */
	const char *arg;  /* "LIST", NULL for a flag */
	const char *help;
};

struct cmd_ctx;

struct command {
	const char *name;
	/* Returns enum cmd_exit. argv[0] is the command's name. Errors were logged. */
	int (*run)(struct cmd_ctx *ctx, int argc, char **argv);
	const char *synopsis; /* behind the name: "[FILTER] [--sort FIELD]" */
	const char *summary;  /* one line of `cdgctl help` */
	const char *help;     /* paragraphs of `cdgctl help NAME` */
	const struct cmd_option *options; /* NULL: none */
	bool root; /* needs privileges, if it is not about a file */
	const char *needs; /* which: CMD_NEEDS_..., NULL without root */
};

/* What the help and SECURITY.md say; tests/net/privileges.bats holds them to it. */
#define CMD_NEEDS_LOAD "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and a folder for the pins"
#define CMD_NEEDS_EVENTS "CAP_BPF as the owner of the pins"
#define CMD_NEEDS_READ "a user whom the pins let read"
#define CMD_NEEDS_PINS "the owner of the pins"

/* What main() has made of the global options. */
struct cmd_ctx {
	const struct command *self;
	const struct command *const *table; /* all commands, NULL-terminated */
	const struct cmd_option *globals;   /* options in front of the command */
	struct sink *sink;
	const char *pin_dir; /* NULL: `cdg` in the root of bpffs */
	const char *netns;   /* -n, already entered; NULL: where cdgctl was started */
	enum sink_kind kind;
	bool colour;
	bool quiet;
	bool debug;
};

/*
 * Reads options into *opts (a struct described by self->options, zeroed or set to defaults by the
 * caller) and moves what is left, the positional arguments, to argv[0..]; options may stand between
 * them, "--" ends options. Returns the number of positional arguments, or -EINVAL (logged).
 */
int cmd_options(struct cmd_ctx *ctx, int argc, char **argv, void *opts);

/*
 * The same for the options in front of the command, by their own table: stops at the first
 * positional argument. Returns its index in argv, or -EINVAL (logged).
 */
int cmd_global_options(const struct cmd_option *table, int argc, char **argv, void *opts);

/* Logs "cdgctl NAME: message" with a hint at the help; returns CMD_USAGE. */
int cmd_usage(struct cmd_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a filter that was refused: what was expected, and where. */
struct filter_error;
int cmd_filter_usage(struct cmd_ctx *ctx, const char *text, const struct filter_error *err);

/* "10", "10s", "500ms", "2m", "1h" -> ns. 0 or -EINVAL. */
int cmd_duration(const char *text, uint64_t *out_ns);

/* All positional arguments joined by blanks; NULL without memory. The caller frees it. */
char *cmd_join(int argc, char **argv);

/* --ready-file: creates it, by rename, once the command really runs. Logs; 0 or -errno. NULL: 0. */
int cmd_ready(const char *path);

/* Records of this sink come from there: another machine, or another boot. */
struct source_origin;
void cmd_set_origin(struct sink *sink, const struct source_origin *origin);

/* 0 -> CMD_OK, -EPIPE -> CMD_OK, any other -errno -> CMD_REFUSED. */
int cmd_exit(int err);

/* Help of one command, or of all for NULL; on stdout, as JSON under -j. */
void cmd_show_help(struct cmd_ctx *ctx, const struct command *command);

/* name, help and options, into the object that is open. */
void cmd_put_help(struct cmd_ctx *ctx, const struct command *command);

/* Text help of a row, for a program whose name and option list it is. */
void cmd_show_usage(struct cmd_ctx *ctx, const char *usage, const struct command *command);

/* version, build id and features. */
void cmd_show_version(struct cmd_ctx *ctx);

/* Row by exact name or unambiguous prefix; NULL and a logged error otherwise. */
const struct command *cmd_find(const struct command *const *table, const char *name);

extern const struct command cmd_load;
extern const struct command cmd_unload;
extern const struct command cmd_run;
extern const struct command cmd_status;
extern const struct command cmd_tune;
extern const struct command cmd_probe;
extern const struct command cmd_stream;
extern const struct command cmd_record;
extern const struct command cmd_replay;
extern const struct command cmd_flows;
extern const struct command cmd_explain;
extern const struct command cmd_config;
extern const struct command cmd_fields;
extern const struct command cmd_syn;
extern const struct command cmd_fingerprint;
extern const struct command cmd_metrics;
extern const struct command cmd_serve;
extern const struct command cmd_version;
extern const struct command cmd_help;

#endif
