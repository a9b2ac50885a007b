// s3client: a probe's questions about checksums and the framing of bodies.
#include "../core/running_checksum.hpp"
#include "prober.hpp"

#include <utility>

namespace sluice::s3 {

namespace {

constexpr const char* summed_text = "sluice probe, summed";

checksum sum_of(checksum::kind algorithm, bool right) {
    const std::string text = summed_text;
    running_checksum running(algorithm);
    running.update(as_bytes(text));
    checksum sum = running.finish();
    if (!right) {
        sum.value ^= 1;
        sum.digest[0] ^= std::byte{1};
    }
    return sum;
}

} // namespace

task<void> prober::ask_checksum(checksum::kind algorithm, ability takes, ability verifies) {
    put_request what = put_of(key_of("summed"));
    what.sum = sum_of(algorithm, true);
    store_.set_send_checksums(true);
    auto right = co_await put(what, summed_text);
    if (right && right->sum != what.sum) {
        // The client has dropped the header by itself, as it would for anybody.
        say(takes, verdict::no, "the header is refused");
        say(verifies, verdict::no);
        co_return;
    }
    if (!right) {
        say(takes, right.error());
        say(verifies, is_refusal(right.error()) ? verdict::no : verdict::unknown);
        co_return;
    }
    say(takes, verdict::yes);
    what.sum = sum_of(algorithm, false);
    what.sum_is_wrong = true;
    auto wrong = co_await put(what, summed_text);
    if (wrong)
        say(verifies, verdict::no, "a wrong one is not noticed");
    else if (wrong.error().code == s3_errc::bad_digest)
        say(verifies, verdict::yes);
    else
        say(verifies, wrong.error());
}

task<void> prober::ask_checksums() {
    using kind = checksum::kind;
    co_await ask_checksum(kind::md5, ability::takes_md5, ability::verifies_md5);
    co_await ask_checksum(kind::sha256, ability::takes_sha256, ability::verifies_sha256);
    co_await ask_checksum(kind::crc32, ability::takes_crc32, ability::verifies_crc32);
    co_await ask_checksum(kind::crc32c, ability::takes_crc32c, ability::verifies_crc32c);
    co_await ask_checksum(kind::crc64nvme, ability::takes_crc64nvme, ability::verifies_crc64nvme);
    if (!found.can(ability::takes_crc64nvme)) {
        say(ability::tells_checksums, verdict::unknown, "asked of CRC64NVME only");
        co_return;
    }
    // The wrong one, if it was taken, is what lies there now.
    put_request what = put_of(key_of("summed"));
    what.sum = sum_of(kind::crc64nvme, true);
    auto done = co_await put(what, summed_text);
    auto head = co_await head_of(what.key);
    if (!done || !head) co_return;
    say(ability::tells_checksums, head->sum == what.sum ? verdict::yes : verdict::no);
}

/// A body in this frame must be taken, and come back without it: some stores keep the frame as
/// data.
task<void>
prober::ask_frame(ability what, const capabilities& how, bool unsigned_body, bool summed) {
    store_.set_store_verifies_checksums(unsigned_body);
    store_.set_capabilities(how);
    const std::string text(20'000, 'f');
    put_request framed = put_of(key_of("framed"));
    if (summed) framed.compute = checksum::kind::crc64nvme;
    store_.set_send_checksums(true);
    auto done = co_await put(framed, text);
    if (done && summed && done->sum.algorithm == checksum::kind::none) {
        say(what, verdict::no, "the trailer is refused");
        co_return;
    }
    if (!done) {
        // A store that cannot read the frame finds another hash or length than it was told.
        const bool misread = done.error().code == s3_errc::bad_digest;
        if (misread) say(what, verdict::no, done.error().peer_text);
        if (!misread) say(what, done.error());
        co_return;
    }
    get_request whole;
    whole.bucket = what_.bucket;
    whole.key = framed.key;
    auto got = co_await read(whole);
    if (!got)
        say(what, got.error());
    else if (*got == text)
        say(what, verdict::yes);
    else
        say(what, verdict::no, "the frame was stored as data");
}

task<void> prober::ask_framing() {
    capabilities how;
    how.trailers = true;
    if (found.can(ability::takes_crc64nvme))
        co_await ask_frame(ability::unsigned_trailers, how, true, true);
    else
        say(ability::unsigned_trailers, verdict::unknown, "asked with CRC64NVME only");
    store_.set_store_verifies_checksums(false);
    store_.set_capabilities(capabilities());
    // Over TLS the client signs no bodies, unless it is told to: then there is nothing to try.
    if (!store_.hashes_bodies()) {
        say(ability::signed_chunks, verdict::unknown, "bodies are not signed over TLS");
        say(ability::signed_trailers, verdict::unknown, "bodies are not signed over TLS");
        co_return;
    }
    how.signed_chunks = true;
    if (found.can(ability::takes_crc64nvme))
        co_await ask_frame(ability::signed_trailers, how, false, true);
    how.trailers = false;
    co_await ask_frame(ability::signed_chunks, how, false, false);
    store_.set_capabilities(capabilities());
    store_.set_store_verifies_checksums(false);
}

} // namespace sluice::s3
