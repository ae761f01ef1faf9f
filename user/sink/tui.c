/* SPDX-License-Identifier: GPL-2.0 */
#include "user/sink/tui.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>

#include "user/sink/tui_own.h"

#define CLOSE_MS 1000

/* For the handler of deadly signals, which can reach nothing else. */
static struct {
	volatile sig_atomic_t tty;
	struct termios before;
	char leave[64];
	size_t len;
} crash = { .tty = -1 };

static void on_crash(int number)
{
	if (crash.tty >= 0) {
		ssize_t ignored = write(crash.tty, crash.leave, crash.len);

		(void)ignored;
		tcsetattr(crash.tty, TCSANOW, &crash.before);
	}
	raise(number); /* SA_RESETHAND: as if nobody had looked */
}

/* Crashes, and what ends a process unless it is caught; the loop takes INT, TERM and HUP. */
static void catch_crashes(bool on)
{
	static const int numbers[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGTRAP, SIGSYS,
		SIGXCPU, SIGXFSZ, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF, SIGVTALRM, SIGIO,
	};
	struct sigaction action = { .sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	action.sa_handler = on ? on_crash : SIG_DFL;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

static void add_leave(const char *capability)
{
	size_t len = capability && capability != (char *)-1 ? strlen(capability) : 0;

	if (!len || len > sizeof(crash.leave) - crash.len)
		return;
	memcpy(crash.leave + crash.len, capability, len);
	crash.len += len;
}

static void remember_for_crash(const struct tui *t)
{
	crash.before = t->before;
	crash.len = 0;
	add_leave(tigetstr("sgr0"));
	add_leave(tigetstr("cnorm"));
	add_leave(tigetstr("rmcup"));
	crash.tty = t->tty;
	catch_crashes(true);
}

/* Characters at once, no echo, no signals from keys: Ctrl-C and Ctrl-Z are keys like others. */
static void set_raw(struct tui *t)
{
	struct termios raw = t->before;

	raw.c_lflag &= ~(unsigned int)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(unsigned int)(IXON | ICRNL | INLCR);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(t->tty, TCSANOW, &raw);
}

/* What ncurses has written goes to the bytes that wait. */
static void collect(struct tui *t)
{
	off_t len;

	fflush(t->out);
	len = lseek(t->page, 0, SEEK_CUR);
	if (len > 0 && buf_room(&t->pending, (size_t)len)) {
		ssize_t n = pread(t->page, t->pending.data + t->pending.len, (size_t)len, 0);

		t->pending.len += n > 0 ? (size_t)n : 0;
	}
	if (ftruncate(t->page, 0) || lseek(t->page, 0, SEEK_SET))
		t->hung_up = true;
}

void tui_flush(struct tui *t)
{
	while (t->sent < t->pending.len) {
		ssize_t n = write(t->tty, t->pending.data + t->sent, t->pending.len - t->sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			t->hung_up = true;
		if (n <= 0)
			return;
		t->sent += (size_t)n;
	}
	t->sent = 0;
	buf_reset(&t->pending);
}

static void flush_patiently(struct tui *t)
{
	struct pollfd p = { .fd = t->tty, .events = POLLOUT };

	for (tui_flush(t); t->pending.len && !t->hung_up; tui_flush(t))
		if (poll(&p, 1, CLOSE_MS) <= 0)
			return;
}

static void set_size(struct tui *t)
{
	struct winsize size;

	if (!ioctl(t->tty, TIOCGWINSZ, &size) && size.ws_row && size.ws_col &&
	    (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
}

/* Files for ncurses: its bytes go into memory, keys come from the terminal. */
static int open_files(struct tui *t)
{
	t->tty = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (t->tty < 0 || tcgetattr(t->tty, &t->before))
		return -ENOTTY;
	t->page = memfd_create("cdgtop", MFD_CLOEXEC);
	if (t->page < 0)
		return -errno;
	t->out = fdopen(dup(t->page), "w");
	t->in = fdopen(dup(t->tty), "r");
	return t->in && t->out ? 0 : -ENOMEM;
}

/* Arrows also as terminals send them that do not follow the keypad mode. */
static void define_arrows(void)
{
	static const struct {
		const char *bytes;
		int key;
	} arrows[] = { { "\033[A", KEY_UP }, { "\033[B", KEY_DOWN }, { "\033[C", KEY_RIGHT },
		       { "\033[D", KEY_LEFT }, { "\033[H", KEY_HOME }, { "\033[F", KEY_END } };

	for (size_t i = 0; i < ARRAY_SIZE(arrows); i++)
		if (!key_defined(arrows[i].bytes))
			define_key(arrows[i].bytes, arrows[i].key);
}

static void on_stop(int number)
{
	(void)number;
}

/*
 * ncurses leaves a SIGTSTP alone that has a handler already. Its own ignores the signal while it
 * draws, and so throws away one that is blocked and waits for a signalfd.
 */
static void keep_stops(void)
{
	sigaction(SIGTSTP, &(struct sigaction){ .sa_handler = on_stop }, NULL);
}

static int open_screen(struct tui *t)
{
	const char *term = getenv("TERM");
	int err;

	if (!term || !*term || setupterm(term, t->page, &err) != OK)
		return -ENODEV;
	err = tigetstr("cup") && tigetstr("cup") != (char *)-1 ? 0 : -ENODEV;
	/* newterm() reads it again, into one of its own. */
	del_curterm(cur_term);
	if (err)
		return err;
	keep_stops();
	t->screen = newterm(term, t->out, t->in);
	if (!t->screen)
		return -ENODEV;
	set_term(t->screen);
	set_raw(t);
	keypad(stdscr, TRUE);
	define_arrows();
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	tui_styles(t);
	set_size(t);
	remember_for_crash(t);
	return 0;
}

int tui_open(const struct tui_options *options, struct tui **out)
{
	_cleanup_(tui_closep) struct tui *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->tty = t->page = -1;
	t->colour = options->colour;
	t->ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	t->spoilt = true;
	err = open_files(t);
	if (!err)
		err = open_screen(t);
	if (err)
		return err;
	*out = TAKE_PTR(t);
	return 0;
}

static void leave(struct tui *t)
{
	endwin();
	collect(t);
	flush_patiently(t);
	tcsetattr(t->tty, TCSANOW, &t->before);
}

void tui_close(struct tui *t)
{
	if (t->screen) {
		leave(t);
		catch_crashes(false);
		crash.tty = -1;
		delscreen(t->screen);
	}
	fclosep(&t->in);
	fclosep(&t->out);
	closep(&t->page);
	closep(&t->tty);
	buf_release(&t->pending);
	free(t);
}

void tui_suspend(struct tui *t)
{
	leave(t);
	raise(SIGSTOP);
	set_raw(t);
	tui_refresh(t);
}

int tui_fd(const struct tui *t)
{
	return t->tty;
}

bool tui_ascii(const struct tui *t)
{
	return t->ascii;
}

bool tui_hung_up(const struct tui *t)
{
	return t->hung_up;
}

void tui_refresh(struct tui *t)
{
	t->spoilt = true;
}

int tui_key(struct tui *t)
{
	static const struct {
		int curses, key;
	} keys[] = {
		{ KEY_UP, TUI_KEY_UP },		{ KEY_DOWN, TUI_KEY_DOWN },
		{ KEY_LEFT, TUI_KEY_LEFT },	{ KEY_RIGHT, TUI_KEY_RIGHT },
		{ KEY_PPAGE, TUI_KEY_PAGE_UP }, { KEY_NPAGE, TUI_KEY_PAGE_DOWN },
		{ KEY_HOME, TUI_KEY_HOME },	{ KEY_END, TUI_KEY_END },
		{ KEY_BACKSPACE, TUI_KEY_BACKSPACE }, { 127, TUI_KEY_BACKSPACE },
		{ '\b', TUI_KEY_BACKSPACE },	{ KEY_ENTER, '\r' }, { '\n', '\r' },
	};
	struct pollfd p = { .fd = t->tty, .events = POLLIN };
	int key = getch();

	if (key == ERR) {
		if (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)))
			t->hung_up = true;
		return TUI_KEY_NONE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].curses == key)
			return keys[i].key;
	if (key >= KEY_F(1) && key <= KEY_F(12))
		return TUI_KEY_F1 + key - KEY_F(1);
	return key > 0 && key < 256 ? key : TUI_KEY_NONE;
}

bool tui_begin(struct tui *t, int *width, int *height)
{
	tui_flush(t);
	if (t->pending.len)
		return false;
	set_size(t);
	if (t->spoilt)
		clear();
	t->spoilt = false;
	erase();
	*width = COLS;
	*height = LINES;
	return true;
}

void tui_end(struct tui *t)
{
	refresh();
	collect(t);
	tui_flush(t);
}
