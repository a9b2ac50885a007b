#!/usr/bin/env python3
"""test: what S3 servers do: the simulator all of it, its profiles all but their differences, real ones what their row says.

The questions are in ../lab/s3_checks.py; they sign with code of their own.
"""
import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lab'))

import ceph  # noqa: E402 (lab/)
import s3_checks  # noqa: E402
import versitygw  # noqa: E402
from harness import Scratch, Simulator, Suite, equal, skip  # noqa: E402

suite = Suite(__file__)

MD5 = {'etags_are_md5'}
CONDITIONS = {
    'put_if_none_match_is_412_where_something_is', 'of_sixteen_conditional_puts_one_wins', 'put_if_match_takes_the_right_etag_only',
    'put_if_match_on_nothing_is_404', 'complete_if_none_match_is_412_where_something_is', 'delete_if_match_takes_the_right_etag_only',
}
CHECKSUMS = {'a_crc32_is_taken', 'a_wrong_crc32_is_refused', 'a_sha256_checksum_is_told', 'an_unsigned_trailer_is_taken_and_verified'}
# A header that is refused is refused with a wrong value, too.
REFUSED = CHECKSUMS - {'a_wrong_crc32_is_refused'}
IGNORED = CHECKSUMS - {'a_crc32_is_taken'}
MULTIPART = {
    'a_multipart_upload_becomes_an_object', 'metadata_of_an_upload_is_kept', 'parts_may_have_different_sizes', 'small_parts_are_refused',
    'a_wrong_part_is_refused', 'parts_out_of_order_are_refused', 'a_part_sent_again_replaces_the_first', 'parts_are_listed_page_by_page',
    'open_uploads_are_listed', 'an_aborted_upload_is_gone', 'a_second_completion_finds_no_upload',
    'the_answer_to_a_completion_has_the_etag', 'a_part_is_copied_by_the_store', 'complete_if_none_match_is_412_where_something_is',
    'an_upload_may_have_a_customers_key',
}

# What each profile fails, and nothing else.
PROFILES = {
    'strict': MD5,
    'aws': set(),
    'r2': REFUSED | {'parts_may_have_different_sizes'},
    'b2': MD5 | REFUSED,
    'gcs-xml': CONDITIONS | {'metadata_of_an_upload_is_kept', 'a_part_is_copied_by_the_store'},
    'ovh': REFUSED,
    'storj': MD5 | {'an_unsigned_trailer_is_taken_and_verified', 'a_part_is_copied_by_the_store'},
    'minio-old': IGNORED | (CONDITIONS - {'of_sixteen_conditional_puts_one_wins', 'put_if_match_on_nothing_is_404'}),
    'ceph-16': IGNORED | {
        'complete_if_none_match_is_412_where_something_is', 'put_if_match_takes_the_right_etag_only',
        'the_answer_to_a_completion_has_the_etag', 'a_second_completion_finds_no_upload',
    },
    'seaweedfs': IGNORED | CONDITIONS | {
        'etags_are_quoted', 'pages_of_version_two_follow_each_other', 'listed_keys_can_be_url_encoded',
    },
    'storagegrid': MD5 | {'a_crc32_is_taken', 'an_unsigned_trailer_is_taken_and_verified'},
    'fastly': MD5 | MULTIPART,
    'v1-era': IGNORED | CONDITIONS | {
        'pages_of_version_two_follow_each_other', 'listed_keys_can_be_url_encoded', 'tags_are_kept',
    },
    'lagging': None,  # its own case below: almost everything is late
    'forgetful': MD5 | {'metadata_is_kept', 'metadata_of_an_upload_is_kept', 'a_copy_is_made_by_the_store'},
}

# Real servers, in the versions that ../lab starts.
CEPH = IGNORED | {
    'complete_if_none_match_is_412_where_something_is', 'put_if_match_takes_the_right_etag_only',
    'the_answer_to_a_completion_has_the_etag', 'a_second_completion_finds_no_upload', 'put_if_match_on_nothing_is_404',
    'delete_if_match_takes_the_right_etag_only', 'listed_keys_can_be_url_encoded', 'parts_out_of_order_are_refused',
    'an_aborted_upload_is_gone',
}
# It keeps objects as files of a directory: keys are paths. Keys of customers it takes, and does nothing with them.
VERSITYGW = {
    'a_customers_key_is_needed_to_read', 'an_upload_may_have_a_customers_key', 'double_slashes_are_kept', 'listed_keys_can_be_url_encoded', 'parts_out_of_order_are_refused', 'a_second_completion_finds_no_upload',
}


def compare(failed, expected):
    surprising = {name: seen for name, seen in failed.items() if name not in expected}
    equal(surprising, {}, 'what the server should do, and does not')
    equal(sorted(set(expected) - set(failed)), [], 'what the server should not do, and does')


@suite.cases_for([name for name, expected in PROFILES.items() if expected is not None])
def a_profile_differs_from_s3_in_what_it_says_and_nothing_else(name):
    with Scratch() as scratch, Simulator(scratch, '--profile', name, '--quiet') as store:
        compare(s3_checks.failures_of(store), PROFILES[name])


@suite.case
def a_store_that_lags_is_right_in_the_end():
    only = {'a_listing_shows_at_once_what_was_put', 'an_object_comes_back', 'put_if_none_match_is_412_where_something_is'}
    with Scratch() as scratch, Simulator(scratch, '--quirk', 'late-listings=100ms', '--quirk', 'late-reads=100ms', '--quiet') as store:
        failed = s3_checks.failures_of(store, only=only)
        # The condition is right at once; what is read afterwards is not.
        equal(sorted(failed), sorted(only), 'what is late')


@contextlib.contextmanager
def running(module, server):
    why = module.missing()
    if why:
        skip(why)
    with server() as store:
        yield store


@suite.case
def ceph_rgw_does_what_its_row_says():
    with running(ceph, lambda: ceph.Ceph(tls=True)) as store:
        compare(s3_checks.failures_of(store), CEPH)
        open_wire = s3_checks.Place(store, 'conformance', 'open wire')
        equal(open_wire.put('a', **s3_checks.customer_key(1)).status, 400, "a customer's key without TLS")


@suite.case
def versitygw_does_what_its_row_says():
    with running(versitygw, versitygw.Versitygw) as store:
        compare(s3_checks.failures_of(store), VERSITYGW)


if __name__ == '__main__':
    suite.run()
