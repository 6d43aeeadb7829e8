/* ketnap: the one place that reads the clocks. */
#include "cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv, (struct clocks){ clock_real, clock_steady });
}
