# SPDX-License-Identifier: BSD-2-Clause
# What both reports need: the median and such of an array's members 1 to n.

function larger(a, b)
{
	return a > b ? a : b
}

function sort(values, n, i, j, value)
{
	for (i = 2; i <= n; i++) {
		value = values[i]
		for (j = i - 1; j >= 1 && values[j] > value; j--)
			values[j + 1] = values[j]
		values[j + 1] = value
	}
}

# Sorts the array.
function median(values, n)
{
	if (n == 0)
		return 0
	sort(values, n)
	return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}
