#include "daemon/histogram.h"

#include "tests/unit/unit.h"

START_TEST(each_time_falls_into_the_first_bucket_that_holds_it)
{
	struct histogram h = { 0 };
	ck_assert_uint_eq(histogram_percentile(&h, 99), 0);
	histogram_add(&h, 0);
	histogram_add(&h, histogram_limits[0]);
	histogram_add(&h, histogram_limits[0] + 1);
	histogram_add(&h, histogram_limits[HISTOGRAM_BUCKETS - 1] + 1);
	ck_assert_uint_eq(h.bucket[0], 2);
	ck_assert_uint_eq(h.bucket[1], 1);
	ck_assert_uint_eq(h.bucket[HISTOGRAM_BUCKETS], 1);
	ck_assert_uint_eq(h.count, 4);
	ck_assert_uint_eq(h.sum_us, 2 * histogram_limits[0] + 1 + histogram_limits[HISTOGRAM_BUCKETS - 1] + 1);
}
END_TEST

START_TEST(percentiles_are_limits_and_never_more_than_the_longest)
{
	struct histogram h = { 0 };
	for (int i = 0; i < 98; i++)
		histogram_add(&h, 70);
	ck_assert_uint_eq(histogram_percentile(&h, 99), 70);
	histogram_add(&h, 400);
	histogram_add(&h, 5000000);
	ck_assert_uint_eq(histogram_percentile(&h, 50), 100);
	ck_assert_uint_eq(histogram_percentile(&h, 99), 500);
	ck_assert_uint_eq(histogram_percentile(&h, 100), 5000000);
}
END_TEST

UNIT_CASE(histogram, each_time_falls_into_the_first_bucket_that_holds_it,
	percentiles_are_limits_and_never_more_than_the_longest);
