/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>

#include "user/cmd/cmd.h"
#include "user/model/rows.h"

static const struct field command_fields[] = {
	ROW(struct command, name, "name", TEXT, NONE, NONE, "COMMAND", "What to type."),
	ROW(struct command, synopsis, "synopsis", TEXT, NONE, NONE, "ARGUMENTS",
	    "What may stand behind it."),
	ROW(struct command, summary, "summary", TEXT, NONE, NONE, "DOES", "What it does."),
	ROW(struct command, help, "help", TEXT, NONE, NONE, "HELP", "More about it."),
	ROW(struct command, root, "needs_privileges", BOOL, NONE, NONE, "ROOT",
	    "Whether it needs privileges."),
};

static const struct fields_table fields_command = {
	.name = "command",
	.help = "A command of cdgctl.",
	TABLE(struct command, command_fields),
	.columns = "name,summary",
};

static const struct enum_name option_types[] = {
	{ OPTION_FLAG, "flag", NULL },	       { OPTION_TEXT, "text", NULL },
	{ OPTION_NUMBER, "number", NULL },     { OPTION_DURATION, "duration", NULL },
	{ OPTION_LIST, "list", NULL },	       { OPTION_MAYBE, "maybe", NULL },
	{},
};

static const struct field option_fields[] = {
	ROW(struct cmd_option, name, "name", TEXT, NONE, NONE, "OPTION", "Long name."),
	ROW(struct cmd_option, letter, "letter", CHARS, NONE, NONE, "LETTER", "Short name."),
	ROW(struct cmd_option, arg, "argument", TEXT, NONE, NONE, "ARGUMENT", "Its value."),
	ROW(struct cmd_option, type, "type", ENUM, NONE, NONE, "TYPE",
	    "Of its value; maybe: only behind '=', list: may be given more than once.",
	    .names = option_types),
	ROW(struct cmd_option, help, "help", TEXT, NONE, NONE, "MEANING", "What it does."),
};

static const struct fields_table fields_option = {
	.name = "option",
	.help = "An option of a command.",
	TABLE(struct cmd_option, option_fields),
};

static void say_options(struct sink *sink, const struct cmd_option *options)
{
	for (; options && options->name; options++) {
		char left[64], letter[8] = "";

		if (options->letter)
			snprintf(letter, sizeof(letter), "-%c, ", options->letter);
		snprintf(left, sizeof(left), options->type == OPTION_MAYBE ? "%s--%s[=%s]" :
					     options->arg		   ? "%s--%s %s" :
									     "%s--%s%s",
			 letter, options->name, options->arg ? options->arg : "");
		sink_say(sink, "  %-26s %s", left, options->help);
	}
}

static void put_options(struct sink *sink, const struct cmd_option *options)
{
	sink_begin_table(sink, "options", &fields_option, NULL);
	for (; options && options->name; options++)
		sink_record(sink, &fields_option, options);
	sink_end_table(sink);
}

void cmd_show_usage(struct cmd_ctx *ctx, const char *usage, const struct command *command)
{
	sink_say(ctx->sink, "Usage: %s%s%s", usage,
		 *command->synopsis ? " " : "", command->synopsis);
	sink_say(ctx->sink, "\n%s%s%s%s", command->help,
		 command->root ? "\n\nNeeds privileges: root, or " : "",
		 command->root ? command->needs : "",
		 command->root ? "; CAP_SYS_ADMIN\nto look into other network namespaces." : "");
	if (command->options && command->options->name)
		sink_say(ctx->sink, "\nOptions:");
	say_options(ctx->sink, command->options);
}

static void say_command(struct cmd_ctx *ctx, const struct command *command)
{
	char usage[64];

	snprintf(usage, sizeof(usage), "cdgctl [OPTIONS] %s", command->name);
	cmd_show_usage(ctx, usage, command);
}

static void say_all(struct cmd_ctx *ctx)
{
	sink_say(ctx->sink, "Usage: cdgctl [OPTIONS] COMMAND [ARGUMENTS]\n\n"
			    "CDG, a congestion control that backs off when delay rises, as BPF.\n\n"
			    "Commands (unambiguous prefixes will do):");
	for (const struct command *const *row = ctx->table; *row; row++)
		sink_say(ctx->sink, "  %-10s %s", (*row)->name, (*row)->summary);
	sink_say(ctx->sink, "\nOptions, in front of the command:");
	say_options(ctx->sink, ctx->globals);
	sink_say(ctx->sink,
		 "\n'cdgctl help COMMAND' says more about one. Exit codes: 0 done, 1 wrong usage,\n"
		 "2 the kernel or the system refused, 3 not loaded, 4 this kernel lacks a\n"
		 "feature, 5 loaded but degraded.");
}

static void put_all(struct cmd_ctx *ctx)
{
	sink_begin_object(ctx->sink, NULL);
	sink_begin_table(ctx->sink, "commands", &fields_command, NULL);
	for (const struct command *const *row = ctx->table; *row; row++)
		sink_record(ctx->sink, &fields_command, *row);
	sink_end_table(ctx->sink);
	put_options(ctx->sink, ctx->globals);
	sink_end_object(ctx->sink);
}

void cmd_put_help(struct cmd_ctx *ctx, const struct command *command)
{
	sink_fields(ctx->sink, &fields_command, command);
	put_options(ctx->sink, command->options);
}

void cmd_show_help(struct cmd_ctx *ctx, const struct command *command)
{
	bool text = ctx->kind == SINK_TEXT;

	if (!command) {
		(text ? say_all : put_all)(ctx);
	} else if (text) {
		say_command(ctx, command);
	} else {
		sink_begin_object(ctx->sink, NULL);
		cmd_put_help(ctx, command);
		sink_end_object(ctx->sink);
	}
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	const struct command *command = NULL;

	if (argc > 2)
		return cmd_usage(ctx, "expected one command");
	if (argc == 2) {
		command = cmd_find(ctx->table, argv[1]);
		if (!command)
			return CMD_USAGE;
	}
	cmd_show_help(ctx, command);
	return CMD_OK;
}

const struct command cmd_help = {
	.name = "help",
	.run = run,
	.synopsis = "[COMMAND]",
	.summary = "this overview, or more about one command",
	.help = "Shows all commands, or one with its arguments and options.",
};
