// engine: taking a partition's claim for a moment, to mend something, and giving it back.
#include "borrowed_claim.hpp"

#include "numbered_commit.hpp"
#include "transfer_state.hpp"

#include <sluice/base/clock.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <chrono>
#include <utility>

namespace sluice {

namespace {

/// The client has retried already; a few more tries span a short outage.
task<result<void>>
publish(s3::object_store& store, const export_folder& where, const commit& document) {
    numbered_commit what;
    what.partition = document.partition;
    what.number = document.number;
    const std::string bytes = encode_commit(document);
    what.bytes = bytes;
    unsigned tries_left = 4;
    const try_again again = [&tries_left](failure&) -> task<bool> {
        if (tries_left == 0) co_return false;
        --tries_left;
        co_await sleep_for(std::chrono::seconds(2));
        co_return true;
    };
    auto stands = co_await put_numbered_commit(store, where, what, again);
    if (!stands) co_return stands.error();
    if (*stands) co_return result<void>();
    failure why;
    why.code = engine_errc::fenced;
    why.where = "s3://" + where.bucket + "/" +
                commit_key(where.folder, document.partition, document.number) +
                ": another commit was written there meanwhile; run the command again";
    co_return why;
}

} // namespace

task<result<commit>>
borrow_claim(s3::object_store& store, const export_folder& where, const tail& seen) {
    commit claim = *seen.claim;
    claim.number = claim.epoch = seen.next_number;
    claim.token = new_token();
    claim.at = micros_by({});
    claim.next = claim.claim.start = seen.next;
    claim.fingerprint = seen.fingerprint;
    claim.claim.owner = this_process();
    auto published = co_await publish(store, where, claim);
    if (!published) co_return published.error();
    co_return std::move(claim);
}

task<result<commit>>
commit_under(s3::object_store& store, const export_folder& where, const commit& last, commit what) {
    what.partition = last.partition;
    what.number = last.number + 1;
    what.epoch = last.epoch;
    what.token = new_token();
    what.at = micros_by({});
    what.next = last.next;
    what.fingerprint = last.fingerprint;
    auto published = co_await publish(store, where, what);
    if (!published) co_return published.error();
    co_return std::move(what);
}

task<result<void>>
return_claim(s3::object_store& store, const export_folder& where, const commit& last) {
    commit release;
    release.kind = commit_kind::release;
    auto released = co_await commit_under(store, where, last, std::move(release));
    if (!released) co_return released.error();
    co_return result<void>();
}

} // namespace sluice
