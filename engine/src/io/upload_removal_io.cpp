// engine: an upload is aborted until it is gone.
#include "upload_removal_io.hpp"

#include "../core/upload_removal.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/s3/error.hpp>

#include <chrono>

namespace sluice {

namespace {

failure still_there(const s3::list_parts_request& what, unsigned aborts) {
    failure why;
    why.code = s3::s3_errc::internal_error;
    why.where = "s3://" + what.bucket + "/" + what.key + ": upload " + what.upload_id +
                " is still there after " + std::to_string(aborts) + " aborts";
    return why;
}

} // namespace

task<result<void>> remove_upload(
    s3::object_store& store,
    const std::string& bucket,
    const std::string& key,
    const std::string& upload_id,
    deadline by
) {
    using namespace std::chrono_literals;
    s3::list_parts_request what;
    what.bucket = bucket;
    what.key = key;
    what.upload_id = upload_id;
    upload_removal removal;
    while (true) {
        auto aborted = co_await store.abort_upload(bucket, key, upload_id, by);
        if (!aborted) co_return aborted;
        auto parts = co_await store.list_parts(what, by);
        const upload_removal::step next = removal.after(parts);
        if (next == upload_removal::step::done) co_return result<void>();
        if (next == upload_removal::step::failed) co_return parts.error();
        if (next == upload_removal::step::give_up) co_return still_there(what, removal.aborts());
        co_await sleep_for(100ms * removal.aborts(), by);
    }
}

} // namespace sluice
