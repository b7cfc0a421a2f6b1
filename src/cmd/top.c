// SPDX-License-Identifier: BSD-2-Clause
/* The terminal of the live view: curses, and nothing of what is shown. See top.h. */
#include "cmd/top.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "report/screen.h"

struct top {
	struct screen screen;
	SCREEN *terminal; /* NULL: not a terminal */
};

/* Without a terminal: how wide the lines are. */
enum { TOP_PLAIN_WIDTH = 132 };

/* NULL if it is none, or one on which text cannot be put anywhere, as "dumb" ones. */
static SCREEN *terminal_open(void)
{
	static char capability[] = "cup";
	SCREEN *terminal;

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return NULL;
	setlocale(LC_CTYPE, "");
	terminal = newterm(NULL, stdout, stdin);
	/* (char *)-1 if it is no text. */
	if (!terminal || (intptr_t)tigetstr(capability) > 0)
		return terminal;
	endwin();
	delscreen(terminal);
	return NULL;
}

int top_open(int epoll_fd, struct top **ret_top, struct diag *diag)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct top *top = calloc(1, sizeof(*top));

	if (!top)
		return -ENOMEM;
	*ret_top = top;
	top->terminal = terminal_open();
	if (!top->terminal)
		return 0;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0)
		return diag_add(diag, -errno, "cannot wait for keys: %s", strerror(errno));
	cbreak();
	noecho();
	keypad(stdscr, true);
	nodelay(stdscr, true);
	set_escdelay(25);
	curs_set(0);
	return 0;
}

void top_close(struct top *top)
{
	if (!top)
		return;
	if (top->terminal) {
		endwin();
		delscreen(top->terminal);
	}
	screen_done(&top->screen);
	free(top);
}

/* Without colours, so that it can be read on any background. */
static attr_t style_attributes(enum screen_style style)
{
	switch (style) {
	case SCREEN_TITLE:
		return A_BOLD;
	case SCREEN_COLUMNS:
	case SCREEN_CHOSEN:
		return A_REVERSE;
	case SCREEN_DETAIL:
		return A_DIM;
	default:
		return A_NORMAL;
	}
}

static int draw_plainly(struct top *top)
{
	int r = screen_draw(&top->screen, TOP_PLAIN_WIDTH, 0);

	if (r < 0)
		return r;
	vec_foreach(line, &top->screen.lines)
		printf("%s\n", line->text);
	printf("\n");
	return fflush(stdout) == 0 ? 0 : -errno;
}

/* In a locale that is not UTF-8, a terminal would take other characters for commands. */
static void make_ascii(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if ((*from & 0xc0) != 0x80)
			*to++ = *from & 0x80 ? '?' : *from;
	}
	*to = '\0';
}

static int draw_on_terminal(struct top *top)
{
	int r = screen_draw(&top->screen, (unsigned)COLS, (unsigned)LINES);
	int y = 0;

	if (r < 0)
		return r;
	erase();
	vec_foreach(line, &top->screen.lines) {
		attrset((int)style_attributes(line->style));
		if (MB_CUR_MAX == 1)
			make_ascii(line->text);
		mvaddstr(y++, 0, line->text);
	}
	attrset(A_NORMAL);
	refresh();
	return 0;
}

int top_show(struct top *top, const struct result *result)
{
	int r = screen_take(&top->screen, result);

	if (r < 0)
		return r;
	return top->terminal ? draw_on_terminal(top) : draw_plainly(top);
}

static int key_translate(int key)
{
	static const struct {
		int curses;
		int screen;
	} keys[] = {
		{ KEY_UP, SCREEN_UP },
		{ KEY_DOWN, SCREEN_DOWN },
		{ KEY_PPAGE, SCREEN_PAGE_UP },
		{ KEY_NPAGE, SCREEN_PAGE_DOWN },
		{ KEY_HOME, SCREEN_HOME },
		{ KEY_END, SCREEN_END },
		{ KEY_ENTER, SCREEN_ENTER },
		{ '\n', SCREEN_ENTER },
		{ '\r', SCREEN_ENTER },
		{ 27, SCREEN_ESCAPE },
		{ KEY_BACKSPACE, SCREEN_BACKSPACE },
		{ 127, SCREEN_BACKSPACE },
		{ '\b', SCREEN_BACKSPACE },
		{ '\t', SCREEN_TAB },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].curses == key)
			return keys[i].screen;
	}
	return key;
}

int top_step(struct top *top)
{
	struct pollfd terminal = { .fd = STDIN_FILENO };
	bool pressed = false;
	int key;

	/* A terminal that is gone wakes up for ever. */
	if (top->terminal && poll(&terminal, 1, 0) > 0)
		return 0;
	while (top->terminal && (key = getch()) != ERR) {
		if (key != KEY_RESIZE && !screen_press(&top->screen, key_translate(key)))
			return 0;
		pressed = true;
	}
	if (!pressed)
		return 1;
	return draw_on_terminal(top) < 0 ? -ENOMEM : 1;
}
