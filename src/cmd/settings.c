// SPDX-License-Identifier: BSD-2-Clause
/* Options in recordings: see settings.h. */
#include "cmd/settings.h"

#include <errno.h>
#include <stddef.h>

/* A number in the configuration, under the name that it has in a recording. */
struct kept {
	const char *name;
	const char *option; /* that sets it */
	size_t offset;
	size_t bytes;
	uint64_t most;
};

#define KEPT(text, option_name, member, maximum)                                                   \
	{                                                                                          \
		.name = text, .option = option_name, .offset = offsetof(struct config, member),    \
		.bytes = sizeof(((struct config *)NULL)->member), .most = maximum                  \
	}

#define ALL_CLASSES ((1u << _CLASS_MAX) - 1)

static const struct kept kept[] = {
	KEPT("min-bytes", "min-bytes", min_bytes, UINT64_MAX),
	KEPT("min-count", "min-count", min_count, UINT64_MAX),
	KEPT("top", "top", top, UINT64_MAX),
	KEPT("show", "show", show, ALL_CLASSES),
	KEPT("strict", "strict", strict, 1),
	KEPT("error-exitcode", "error-exitcode", error_exitcode, 255),
	KEPT("fail-on memory", "fail-on", fail_on.classes[KIND_MEMORY], ALL_CLASSES),
	KEPT("fail-on mapping", "fail-on", fail_on.classes[KIND_MAPPING], ALL_CLASSES),
	KEPT("fail-on fd", "fail-on", fail_on.classes[KIND_FD], ALL_CLASSES),
	KEPT("fail-on thread", "fail-on", fail_on.classes[KIND_THREAD], ALL_CLASSES),
};

enum { N_KEPT = sizeof(kept) / sizeof(kept[0]) };

static uint64_t kept_get(const struct kept *number, const struct config *config)
{
	const void *at = (const char *)config + number->offset;

	switch (number->bytes) {
	case sizeof(bool):
		return *(const bool *)at;
	case sizeof(uint32_t):
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void kept_set(const struct kept *number, struct config *config, uint64_t value)
{
	void *at = (char *)config + number->offset;

	switch (number->bytes) {
	case sizeof(bool):
		*(bool *)at = value;
		break;
	case sizeof(uint32_t):
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(uint64_t *)at = value;
	}
}

int settings_save(const struct config *config, struct store *store, struct diag *diag)
{
	for (size_t i = 0; i < N_KEPT; i++) {
		int r = store_set(store, kept[i].name, kept_get(&kept[i], config), diag);

		if (r < 0)
			return r;
	}
	return 0;
}

int settings_load(struct config *config, const struct recording *recording, struct diag *diag)
{
	for (size_t i = 0; i < N_KEPT; i++) {
		uint64_t value =
			recording_setting(recording, kept[i].name, kept_get(&kept[i], config));

		if (value > kept[i].most)
			return diag_add(diag, -EBADMSG,
					"the recording is broken: '%s' cannot be right",
					kept[i].name);
		if (!config_is_given(config, kept[i].option))
			kept_set(&kept[i], config, value);
	}
	return 0;
}
