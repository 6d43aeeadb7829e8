#include "net/stock.h"

#include "spare.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>

enum { WAIT_MS = 50 };

static _Thread_local struct {
	bool made;
	size_t count;
	void *blocks[STOCK_BLOCKS];
} stock;

int stock_fill(void)
{
	if (!stock.made)
		spare_install();
	stock.made = true;
	for (; stock.count < STOCK_BLOCKS; stock.count++) {
		stock.blocks[stock.count] = malloc(STOCK_BYTES);
		if (!stock.blocks[stock.count])
			return -ERR_NOMEM;
	}
	return 0;
}

void stock_wait(void)
{
	poll(NULL, 0, WAIT_MS);
}

void *stock_take(size_t bytes)
{
	return bytes <= STOCK_BYTES && stock.count ? stock.blocks[--stock.count] : NULL;
}

void stock_drop(void)
{
	while (stock.count)
		free(stock.blocks[--stock.count]);
}
