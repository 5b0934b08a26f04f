#include "daemon/behind.h"

#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICE 10
#define LONG_SLICE_NS 100000000 /* the longest that Linux knows */

/* A thread may finish the slice it has begun, nice or not, unless it asked for a
 * longer one than who wakes up: then it is sent away amid it. With usual slices
 * the loop waited for 4 ms, a tick, again and again. Before 6.12 the wish is ignored. */
static void ask_for_long_slices(void)
{
	struct sched_attr a = { 0 };
	if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0))
		return;
	a.sched_runtime = LONG_SLICE_NS;
	(void)syscall(SYS_sched_setattr, 0, &a, 0);
}

/* On Linux both are of this thread alone. Idle priority would let the loop in
 * sooner still, but beside two busy programs nothing was verified any more. */
void behind_others(void)
{
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	ask_for_long_slices();
}
