// s3client: a probe's questions about multipart uploads.
#include "prober.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::uint64_t small_part = 64 << 10;
constexpr std::uint64_t large_part = 5 << 20; ///< the least that S3 promises to take
constexpr const char* copied_key = "again";
constexpr std::uint64_t copied_size = 12; ///< "sluice probe"

std::string in_few_words(const failure& why) {
    return why.peer_text.empty() ? why.code.message() : why.peer_text.substr(0, 160);
}

} // namespace

task<result<void>> prober::begin(upload_trial& trial) {
    create_upload_request what;
    what.bucket = what_.bucket;
    what.key = trial.key;
    what.meta["sluice-probe"] = "kept";
    what.algorithm = trial.algorithm;
    auto made = co_await store_.create_upload(what, soon());
    if (!made) co_return made.error();
    trial.id = made->id;
    made_.push_back({trial.key, std::string()});
    co_return result<void>();
}

task<result<void>> prober::send_parts(upload_trial& trial) {
    std::uint64_t most = 0;
    for (const std::uint64_t size : trial.sizes)
        most = std::max(most, size);
    if (block_.size() < most) block_ = byte_vector(most, std::byte{'p'});
    for (const std::uint64_t size : trial.sizes) {
        upload_part_request what;
        what.bucket = what_.bucket;
        what.key = trial.key;
        what.upload_id = trial.id;
        what.number = static_cast<unsigned>(trial.parts.size() + 1);
        what.compute = trial.algorithm;
        memory_source body(bytes_view(block_).first(size));
        auto sent = co_await store_.upload_part(what, body, soon());
        if (!sent) co_return sent.error();
        finished_part part;
        part.number = what.number;
        part.size = size;
        part.etag = sent->etag;
        part.sum = sent->sum;
        trial.parts.push_back(std::move(part));
    }
    co_return result<void>();
}

/// The last part may be of any size: so a small object will do.
task<result<void>> prober::copy_last_part(upload_trial& trial) {
    copy_part_request what;
    what.from.bucket = what.bucket = what_.bucket;
    what.from.key = key_of(copied_key);
    what.key = trial.key;
    what.upload_id = trial.id;
    what.number = static_cast<unsigned>(trial.parts.size() + 1);
    auto copied = co_await store_.copy_part(what, soon());
    if (!copied) co_return copied.error();
    finished_part part;
    part.number = what.number;
    part.size = copied_size;
    part.etag = copied->etag;
    trial.parts.push_back(std::move(part));
    co_return result<void>();
}

task<result<void>> prober::complete(upload_trial& trial) {
    complete_upload_request what;
    what.bucket = what_.bucket;
    what.key = trial.key;
    what.upload_id = trial.id;
    what.parts = trial.parts;
    what.if_none_match = trial.once;
    for (const finished_part& each : trial.parts)
        what.size += each.size;
    if (trial.algorithm == checksum::kind::crc64nvme) {
        what.sum.algorithm = trial.algorithm;
        for (const finished_part& each : trial.parts)
            what.sum.value = crc64nvme_combine(what.sum.value, each.sum.value, each.size);
        if (trial.wrong_sum) what.sum.value ^= 1;
    }
    auto done = co_await store_.complete_upload(what, soon());
    if (!done) co_return done.error();
    trial.etag = *done;
    auto head = co_await head_of(trial.key);
    const bool versioned = head && !head->version_id.empty();
    if (versioned) made_.push_back({trial.key, head->version_id});
    co_return result<void>();
}

task<void> prober::give_up(const upload_trial& trial) {
    if (!trial.id.empty()) co_await store_.abort_upload(what_.bucket, trial.key, trial.id, soon());
}

task<result<void>> prober::whole(upload_trial& trial) {
    auto begun = co_await begin(trial);
    if (!begun) co_return begun;
    auto sent = co_await send_parts(trial);
    if (!sent) co_return sent;
    if (trial.last_is_copied) {
        auto copied = co_await copy_last_part(trial);
        if (!copied) co_return copied;
    }
    co_return co_await complete(trial);
}

/// Whether an upload of parts of these sizes comes to an end; `why` not.
task<bool> prober::try_sizes(std::vector<std::uint64_t> sizes, std::string& why) {
    upload_trial trial;
    trial.key = key_of("sizes-" + std::to_string(sizes.front()) + "-" + std::to_string(sizes[1]));
    trial.sizes = std::move(sizes);
    auto done = co_await whole(trial);
    if (!done) {
        why = in_few_words(done.error());
        co_await give_up(trial);
    } else {
        found.smallest_part = *std::min_element(trial.sizes.begin(), trial.sizes.end() - 1);
    }
    co_return done.has_value();
}

/// Small and unequal parts first; what is refused is asked again with one of both, at 5 MiB.
task<bool> prober::ask_part_sizes() {
    std::string small_why, unequal_why, equal_why;
    std::vector<std::uint64_t> sizes{small_part, small_part + 1, 1};
    const bool small_unequal = co_await try_sizes(sizes, small_why);
    if (small_unequal) {
        say(ability::small_parts, verdict::yes);
        say(ability::unequal_parts, verdict::yes);
        co_return true;
    }
    sizes = {small_part, small_part, 1};
    const bool small_equal = co_await try_sizes(sizes, equal_why);
    if (small_equal) {
        say(ability::small_parts, verdict::yes);
        say(ability::unequal_parts, verdict::no, small_why);
        co_return true;
    }
    say(ability::small_parts, verdict::no, equal_why);
    if (!what_.large_parts) {
        say(ability::unequal_parts, verdict::unknown, "parts of 5 MiB were not tried");
        co_return true;
    }
    sizes = {large_part, large_part + 1, 1};
    const bool unequal = co_await try_sizes(sizes, unequal_why);
    say(ability::unequal_parts, unequal ? verdict::yes : verdict::no, unequal_why);
    if (unequal) co_return true;
    sizes = {large_part, large_part, 1};
    const bool equal = co_await try_sizes(sizes, equal_why);
    if (!equal) {
        say(ability::unequal_parts, verdict::unknown, "parts of 5 MiB are refused as well");
        say(ability::multipart, verdict::no, equal_why);
    }
    co_return equal;
}

/// The same part sent twice: what is its ETag made of? False: it could not be sent.
task<bool> prober::ask_part_etags(upload_trial& trial) {
    auto first = co_await send_parts(trial);
    if (!first) co_return false;
    const std::string etag = trial.parts.front().etag;
    trial.parts.clear();
    auto again = co_await send_parts(trial);
    if (!again) co_return false;
    const std::string digest = hex(md5(bytes_view(block_).first(trial.sizes.front())));
    const bool repeats = trial.parts.front().etag == etag;
    found.part_etag_kind = etag.find(digest) != std::string::npos ? "md5" : "unique";
    if (found.part_etag_kind != "md5" && repeats) found.part_etag_kind = "repeatable";
    co_return true;
}

task<void> prober::ask_lists_of(const upload_trial& trial) {
    list_parts_request in;
    in.bucket = what_.bucket;
    in.key = trial.key;
    in.upload_id = trial.id;
    auto parts = co_await store_.list_parts(in, soon());
    if (!parts) {
        say(ability::list_parts, parts.error());
    } else {
        const bool right = parts->size() == 1 && parts->front().size == trial.sizes.front();
        say(ability::list_parts, right ? verdict::yes : verdict::no);
    }
    list_uploads_request open;
    open.bucket = what_.bucket;
    open.prefix = trial.key;
    auto uploads = co_await store_.list_uploads(open, soon());
    if (!uploads) {
        say(ability::list_uploads, uploads.error());
        co_return;
    }
    const auto ours = [&trial](const open_upload& each) { return each.upload_id == trial.id; };
    const bool listed = std::any_of(uploads->begin(), uploads->end(), ours);
    say(ability::list_uploads, listed ? verdict::yes : verdict::no);
}

/// What the upload has become, and whether it can become that again.
task<void> prober::ask_completed(upload_trial& trial) {
    auto head = co_await head_of(trial.key);
    if (head) {
        const auto kept = head->meta.find("sluice-probe");
        const bool same = kept != head->meta.end() && kept->second == "kept";
        say(ability::keeps_upload_metadata, same ? verdict::yes : verdict::no);
    }
    auto repeated = co_await complete(trial);
    if (repeated)
        say(ability::repeats_complete, verdict::yes);
    else if (repeated.error().code == s3_errc::no_such_upload)
        say(ability::repeats_complete, verdict::no);
    else
        say(ability::repeats_complete, repeated.error());
}

/// An upload with a part of the least size, and a copied one behind it.
task<void> prober::ask_inside_an_upload() {
    upload_trial trial;
    trial.key = key_of("upload");
    const bool small = found.can(ability::small_parts) || !what_.large_parts;
    trial.sizes.push_back(small ? small_part : large_part);
    auto begun = co_await begin(trial);
    if (!begun) co_return;
    const bool sent = co_await ask_part_etags(trial);
    if (sent) {
        co_await ask_lists_of(trial);
        auto copied = co_await copy_last_part(trial);
        if (copied)
            say(ability::copy_part, verdict::yes);
        else
            say(ability::copy_part, copied.error());
        auto done = co_await complete(trial);
        if (done) {
            co_await ask_completed(trial);
            co_return;
        }
    }
    co_await give_up(trial);
}

/// Where an object is already, it must stay.
task<void> prober::ask_complete_once() {
    upload_trial trial;
    trial.key = key_of("plain");
    trial.sizes = {small_part};
    trial.once = true;
    auto done = co_await whole(trial);
    if (done) {
        say(ability::complete_once, verdict::no, "the condition is not looked at");
        co_return;
    }
    if (done.error().code == s3_errc::precondition_failed)
        say(ability::complete_once, verdict::yes);
    else
        say(ability::complete_once, done.error());
    co_await give_up(trial);
}

task<void> prober::ask_uploads() {
    upload_trial trial;
    trial.key = key_of("first-upload");
    auto begun = co_await begin(trial);
    if (!begun) {
        say(ability::multipart, begun.error());
        co_return;
    }
    co_await give_up(trial);
    say(ability::multipart, verdict::yes);
    const bool possible = co_await ask_part_sizes();
    if (!possible) co_return;
    co_await ask_inside_an_upload();
    co_await ask_complete_once();
}

task<void> prober::ask_upload_checksums() {
    if (!found.can(ability::multipart) || !found.can(ability::takes_crc64nvme)) co_return;
    upload_trial trial;
    trial.key = key_of("summed-upload");
    trial.sizes = {small_part};
    trial.algorithm = checksum::kind::crc64nvme;
    auto right = co_await whole(trial);
    if (!right) {
        say(ability::tells_upload_checksums, right.error());
        co_await give_up(trial);
        co_return;
    }
    auto head = co_await head_of(trial.key);
    const bool told = head && head->sum == trial.parts.front().sum;
    say(ability::tells_upload_checksums, told ? verdict::yes : verdict::no);
    upload_trial spoilt;
    spoilt.key = trial.key;
    spoilt.sizes = trial.sizes;
    spoilt.algorithm = trial.algorithm;
    spoilt.wrong_sum = true;
    auto wrong = co_await whole(spoilt);
    if (wrong)
        say(ability::verifies_upload_checksums, verdict::no, "a wrong one is not noticed");
    else if (wrong.error().code == s3_errc::bad_digest)
        say(ability::verifies_upload_checksums, verdict::yes);
    else
        say(ability::verifies_upload_checksums, wrong.error());
    if (!wrong) co_await give_up(spoilt);
}

} // namespace sluice::s3
