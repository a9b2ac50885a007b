// engine: putting a commit document at its number, once.
#include "numbered_commit.hpp"

#include "transfer_run.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

namespace sluice {

namespace {

s3::put_request request_of(const export_folder& where, const numbered_commit& what) {
    s3::put_request request;
    request.bucket = where.bucket;
    request.key = commit_key(where.folder, what.partition, what.number);
    request.content_type = "application/json";
    request.if_none_match = true;
    if (what.algorithm == s3::checksum::kind::crc64nvme) {
        request.sum.algorithm = s3::checksum::kind::crc64nvme;
        request.sum.value = crc64nvme(as_bytes(what.bytes));
    }
    return request;
}

} // namespace

task<result<bool>> put_numbered_commit(
    s3::object_store& store,
    const export_folder& where,
    const numbered_commit& what,
    const try_again& again
) {
    const s3::put_request request = request_of(where, what);
    while (true) {
        s3::memory_source body(as_bytes(what.bytes));
        auto put = co_await store.put(request, body, deadline::never());
        if (put) co_return true;
        failure why = put.error();
        const bool refused = why.code == s3::s3_errc::precondition_failed;
        const bool settle =
            refused || why.code == s3::s3_errc::conditional_conflict || is_transient(why);
        if (!settle) co_return why;
        // Whatever the answer was, the number holds our bytes, another's, or nothing yet.
        auto standing =
            co_await fetch_commit(store, where, what.partition, what.number, deadline::never());
        if (standing && *standing) co_return (*standing)->bytes == what.bytes;
        if (!standing && !is_transient(standing.error())) co_return standing.error();
        if (refused)
            why.code = s3::s3_errc::conditional_conflict; // there, and yet not there: ask again
        failure retried = why;
        if (!is_transient(retried)) retried.code = s3::s3_errc::internal_error;
        const bool more = co_await again(retried);
        if (!more) co_return retried;
    }
}

} // namespace sluice
