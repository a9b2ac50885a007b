// s3client: the course of a probe: its questions in order, and the way back to an empty prefix.
#include "prober.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::size_t note_limit = 160;

std::string in_short(const failure& why) {
    std::string text = why.peer_text.empty() ? why.code.message() : why.peer_text;
    for (char& each : text) {
        if (static_cast<unsigned char>(each) < 0x20) each = ' ';
    }
    if (text.size() > note_limit) text.resize(note_limit);
    return text;
}

} // namespace

bool is_refusal(const failure& why) {
    return why.code == s3_errc::not_implemented || why.code == s3_errc::other_client_error;
}

prober::prober(any_io_executor on, client& store, probe_request what, deadline by)
    : on_(std::move(on)), store_(store), what_(std::move(what)), by_(by) {
    base_ = what_.prefix + hex(random_bytes(16)) + "/";
}

void prober::say(ability what, verdict said, std::string note) {
    found.of(what) = finding{said, std::move(note)};
}

/// What failed with anything but a plain refusal is not known: it might have worked tomorrow.
void prober::say(ability what, const failure& why) {
    say(what, is_refusal(why) ? verdict::no : verdict::unknown, in_short(why));
}

std::string prober::key_of(std::string_view name) const {
    return base_ + std::string(name);
}

put_request prober::put_of(const std::string& key) const {
    put_request what;
    what.bucket = what_.bucket;
    what.key = key;
    return what;
}

task<result<put_receipt>> prober::put(const put_request& what, std::string text) {
    memory_source body(as_bytes(text));
    made_.push_back({what.key, std::string()});
    auto done = co_await store_.put(what, body, soon());
    if (done && !done->version_id.empty()) made_.push_back({what.key, done->version_id});
    co_return done;
}

task<result<std::string>> prober::read(const get_request& what) {
    memory_sink body(1 << 20);
    if (read_lag_.count() > 0) co_await sleep_for(read_lag_, by_);
    auto got = co_await store_.get(what, body, soon());
    if (!got) co_return got.error();
    co_return std::string(as_text(body.bytes()));
}

task<result<object_head>> prober::head_of(const std::string& key) {
    head_request what;
    what.bucket = what_.bucket;
    what.key = key;
    if (read_lag_.count() > 0) co_await sleep_for(read_lag_, by_);
    co_return co_await store_.head(what, soon());
}

/// With a version: exactly that one, for good.
task<result<void>> prober::drop(const std::string& key, std::string version_id) {
    remove_request what;
    what.bucket = what_.bucket;
    what.key = key;
    what.version_id = std::move(version_id);
    auto gone = co_await store_.remove_object(what, soon());
    if (!gone) co_return gone.error();
    const bool marked = what.version_id.empty() && !gone->version_id.empty();
    if (marked) made_.push_back({key, gone->version_id});
    co_return result<void>();
}

task<void> prober::clean_uploads() {
    list_uploads_request open;
    open.bucket = what_.bucket;
    open.prefix = base_;
    auto uploads = co_await store_.list_uploads(open, soon());
    if (!uploads) co_return;
    for (const open_upload& each : *uploads) {
        if (!each.key.starts_with(base_)) continue; // a store that does not heed the prefix
        auto gone = co_await store_.abort_upload(what_.bucket, each.key, each.upload_id, soon());
        if (!gone) found.left_behind.push_back("upload " + each.key + " " + each.upload_id);
    }
}

/// What a listing still shows although it was removed may be an old listing: HEAD decides.
task<void> prober::clean_listed() {
    list_request what;
    what.bucket = what_.bucket;
    what.prefix = base_;
    auto page = co_await store_.list(what, soon());
    if (!page) co_return;
    for (const listed_object& each : page->objects) {
        if (!each.key.starts_with(base_)) continue;
        auto gone = co_await drop(each.key, std::string());
        auto still = co_await head_of(each.key);
        if (!gone || still) found.left_behind.push_back(each.key);
    }
}

task<void> prober::clean() {
    std::vector<std::string> keys;
    for (const made_object& each : made_) {
        if (each.version_id.empty()) keys.push_back(each.key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const std::string& key : keys) {
        auto gone = co_await drop(key, std::string());
        if (!gone) found.left_behind.push_back(key);
    }
    co_await clean_listed();
    for (std::size_t n = 0; n < made_.size(); ++n) { // it grows by the markers of what was removed
        const made_object each = made_[n];
        if (each.version_id.empty() || each.version_id == "null") continue;
        auto gone = co_await drop(each.key, each.version_id);
        if (!gone) found.left_behind.push_back(each.key + " version " + each.version_id);
    }
    co_await clean_uploads();
}

namespace {

std::int64_t micros_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

} // namespace

task<result<store_profile>>
probe_store(any_io_executor on, client& store, probe_request what, deadline by) {
    const std::uint64_t before = store.stats().requests;
    const std::string bucket = what.bucket, prefix = what.prefix;
    prober ask(std::move(on), store, std::move(what), by);
    ask.found.bucket = bucket;
    ask.found.prefix = prefix;
    ask.found.probed_at = micros_now();
    auto begun = co_await ask.ask_plain();
    if (!begun) co_return begun.error();
    co_await ask.ask_reads();
    co_await ask.ask_conditions();
    co_await ask.ask_race();
    co_await ask.ask_checksums();
    co_await ask.ask_framing();
    store.set_send_checksums(takes_checksums(ask.found));
    store.set_store_verifies_checksums(ask.found.can(ability::verifies_crc64nvme));
    co_await ask.ask_listings();
    store.set_capabilities(capabilities_of(ask.found));
    co_await ask.ask_uploads();
    co_await ask.ask_upload_checksums();
    co_await ask.ask_rest();
    co_await ask.clean();
    ask.found.requests = store.stats().requests - before;
    co_return std::move(ask.found);
}

} // namespace sluice::s3
