// engine: what a store can be trusted with, found out by trying.
#include "probe.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/s3/put_race.hpp>

namespace sluice {

namespace {

constexpr std::chrono::seconds probe_patience{30};

std::string probe_key(const export_target& target) {
    return join_key(target.where.folder, "_sluice/probe/" + new_token());
}

failure not_trusted(const export_target& target, const std::string& what) {
    failure why;
    why.code = engine_errc::guarantee_not_given;
    why.where = target.address + " at " + target.endpoint + ": " + what +
                "; without a trustworthy If-None-Match two exporters could overwrite each other";
    return why;
}

/// True: exactly one won. False: nobody saw a victory; a lost answer may hide the winner's, so that
/// proves nothing.
task<result<bool>> probe_round(any_io_executor on, export_target& target) {
    const std::string& bucket = target.where.bucket;
    const std::string key = probe_key(target);
    const deadline by = deadline::in(probe_patience);
    const auto race = co_await s3::race_to_create(on, *target.store, bucket, key, by);
    co_await target.store->remove(bucket, key, deadline::in(probe_patience));
    if (race.won.size() > 1) {
        co_return not_trusted(
            target,
            std::to_string(race.won.size()) + " of " + std::to_string(s3::race_contenders) +
                " simultaneous PUTs with If-None-Match: * succeeded, one may"
        );
    }
    if (race.other) co_return *race.other;
    co_return race.won.size() == 1;
}

const std::string& probe_text() {
    static const std::string text = "sluice probe";
    return text;
}

/// Of the text, or another one. False: the store refused the header, and the client has dropped it.
/// Errors: what the store said.
task<result<bool>> put_with_checksum(export_target& target, const std::string& key, bool right) {
    s3::put_request request;
    request.bucket = target.where.bucket;
    request.key = key;
    request.sum.algorithm = s3::checksum::kind::crc64nvme;
    request.sum.value = crc64nvme(as_bytes(probe_text())) ^ (right ? 0 : 1);
    request.sum_is_wrong = !right;
    s3::memory_source body(as_bytes(probe_text()));
    auto put = co_await target.store->put(request, body, deadline::in(probe_patience));
    if (!put) co_return put.error();
    const bool sent = put->sum.algorithm != s3::checksum::kind::none;
    co_return sent || target.opened.client == nullptr;
}

} // namespace

task<result<store_abilities>> probe_abilities(any_io_executor on, export_target& target) {
    const std::string key = probe_key(target);
    store_abilities can;
    auto honest = co_await put_with_checksum(target, key, true);
    can.takes_checksums = honest && *honest;
    if (!honest && honest.error().code != s3::s3_errc::not_implemented) co_return honest.error();
    if (can.takes_checksums) {
        auto wrong = co_await put_with_checksum(target, key, false);
        can.verifies_checksums = !wrong && wrong.error().code == s3::s3_errc::bad_digest;
    }
    co_await target.store->remove(target.where.bucket, key, deadline::in(probe_patience));
    for (unsigned turn = 0; turn < s3::race_rounds; ++turn) {
        auto round = co_await probe_round(on, target);
        const bool refused = !round && round.error().code == engine_errc::guarantee_not_given;
        if (!round && !refused) co_return round.error();
        if (refused || !*round) co_return can;
    }
    can.one_winner = true;
    co_return can;
}

task<result<void>> probe_conditional_put(transfer_run& run, export_target& target) {
    if (!target.probing) target.probing.emplace(run.on, 1);
    const permits::lease alone = co_await target.probing->acquire(1);
    if (target.probed) co_return result<void>();
    unsigned fair = 0;
    for (unsigned turn = 0; turn < 2 * s3::race_rounds && fair < s3::race_rounds; ++turn) {
        auto attempt = [&run, &target] { return probe_round(run.on, target); };
        auto round = co_await persistently(run, target.patient, target.seen.last_error, attempt);
        if (!round) co_return round.error();
        if (*round) ++fair;
    }
    if (fair < s3::race_rounds)
        co_return not_trusted(target, "simultaneous PUTs with If-None-Match: * were all refused");
    target.probed = true;
    co_return result<void>();
}

namespace {

task<result<void>> ask_about_checksums(transfer_run& run, export_target& target) {
    const std::string key = probe_key(target);
    auto honest = [&target, &key] { return put_with_checksum(target, key, true); };
    auto taken = co_await persistently(run, target.patient, target.seen.last_error, honest);
    if (!taken) {
        const auto code = taken.error().code;
        const bool refuses_headers =
            code == s3::s3_errc::not_implemented || code == s3::s3_errc::other_client_error;
        if (!refuses_headers || !target.opened.client) co_return taken.error();
        target.opened.client->set_send_checksums(false);
        target.algorithm = s3::checksum::kind::none;
        co_return result<void>();
    }
    if (!*taken) {
        target.algorithm = s3::checksum::kind::none;
        co_await target.store->remove(target.where.bucket, key, deadline::in(probe_patience));
        co_return result<void>();
    }
    // Once more the same: the client sees whether equal bytes have equal ETags.
    co_await put_with_checksum(target, key, true);
    auto wrong = co_await put_with_checksum(target, key, false);
    target.verifies = !wrong && wrong.error().code == s3::s3_errc::bad_digest;
    if (target.opened.client) target.opened.client->set_store_verifies_checksums(target.verifies);
    co_await target.store->remove(target.where.bucket, key, deadline::in(probe_patience));
    co_return result<void>();
}

/// Whether a body that was sent in signed chunks comes back as it was. A store that knows no chunks
/// refuses it, or keeps their headers as if they were data.
task<bool> keeps_chunked_bodies(export_target& target, const std::string& key) {
    auto sent = co_await put_with_checksum(target, key, true);
    if (!sent) co_return false;
    s3::get_request what;
    what.bucket = target.where.bucket;
    what.key = key;
    s3::memory_sink back(std::size_t{4} << 10);
    auto got = co_await target.store->get(what, back, deadline::in(probe_patience));
    co_return got && got->traits->content_encoding.empty() && as_text(back.bytes()) == probe_text();
}

/// Where bodies must be signed, those in signed chunks are read once and others twice. What the
/// client was told otherwise stays.
task<void> ask_about_signed_chunks(export_target& target) {
    s3::client* const client = target.opened.client.get();
    if (client == nullptr || !client->hashes_bodies()) co_return;
    const std::string key = probe_key(target);
    client->set_signed_chunks(true);
    const bool kept = co_await keeps_chunked_bodies(target, key);
    client->set_signed_chunks(kept);
    co_await target.store->remove(target.where.bucket, key, deadline::in(probe_patience));
}

} // namespace

task<result<void>> probe_checksums(transfer_run& run, export_target& target) {
    auto known = co_await ask_about_checksums(run, target);
    if (known) co_await ask_about_signed_chunks(target);
    co_return known;
}

} // namespace sluice
