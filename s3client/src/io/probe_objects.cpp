// s3client: a probe's questions about single objects: ETags, reads, conditions.
#include "prober.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/text.hpp>
#include <sluice/s3/put_race.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::chrono::seconds read_patience{15};
constexpr std::chrono::milliseconds read_margin{200};
constexpr const char* plain_text = "sluice probe";
constexpr const char* wrong_etag = "\"00000000000000000000000000000000\"";

bool is_condition_failure(const failure& why) {
    return why.code == s3_errc::precondition_failed || why.code == s3_errc::changed;
}

std::string bare(const std::string& etag) {
    const bool quoted = etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
    return quoted ? etag.substr(1, etag.size() - 2) : etag;
}

} // namespace

task<result<void>> prober::ask_plain() {
    put_request what = put_of(key_of("plain"));
    what.meta["sluice-probe"] = "kept";
    what.content_type = "text/x-sluice-probe";
    auto done = co_await put(what, plain_text);
    if (!done) co_return done.error();
    plain_etag_ = done->etag;
    const bool versioned = !done->version_id.empty() && done->version_id != "null";
    say(ability::versions, versioned ? verdict::yes : verdict::no);
    auto head = co_await head_at_last(what.key);
    if (!head) {
        say(ability::keeps_metadata, head.error());
    } else {
        const auto kept = head->meta.find("sluice-probe");
        const bool same = kept != head->meta.end() && kept->second == "kept";
        const bool typed = head->content_type == what.content_type;
        say(ability::keeps_metadata,
            same ? verdict::yes : verdict::no,
            typed ? "" : "Content-Type was not kept");
    }
    co_await ask_second_put();
    co_return result<void>();
}

/// What was put must be there at once. Where it is not, later reads wait as long as this one had
/// to.
task<result<object_head>> prober::head_at_last(const std::string& key) {
    const auto began = std::chrono::steady_clock::now();
    const auto until = by_.earliest(read_patience);
    auto head = co_await head_of(key);
    while (!head && head.error().code == s3_errc::no_such_key && !until.passed()) {
        say(ability::read_after_write, verdict::no, "404 after a PUT");
        co_await sleep_for(std::chrono::milliseconds(50), until);
        head = co_await head_of(key);
    }
    if (found.of(ability::read_after_write).said == verdict::no) {
        const auto waited = std::chrono::steady_clock::now() - began;
        read_lag_ = std::chrono::ceil<std::chrono::milliseconds>(waited) + read_margin;
    }
    co_return head;
}

/// The same bytes again, under another key: what is an ETag made of?
task<void> prober::ask_second_put() {
    const put_request what = put_of(key_of("again"));
    auto done = co_await put(what, plain_text);
    if (!done) co_return;
    const std::string text = plain_text;
    if (bare(plain_etag_) == hex(md5(as_bytes(text))))
        found.etag_kind = "md5";
    else
        found.etag_kind = done->etag == plain_etag_ ? "repeatable" : "unique";
}

task<void> prober::ask_reads() {
    get_request part;
    part.bucket = what_.bucket;
    part.key = key_of("plain");
    part.range = byte_range{7, 5};
    auto got = co_await read(part);
    if (!got)
        say(ability::read_ranges, got.error());
    else
        say(ability::read_ranges, *got == "probe" ? verdict::yes : verdict::no);

    part.if_match = plain_etag_;
    auto right = co_await read(part);
    part.if_match = wrong_etag;
    auto wrong = co_await read(part);
    if (!right)
        say(ability::read_if_match, verdict::no, "the right ETag is refused, too");
    else if (wrong)
        say(ability::read_if_match, verdict::no, "a wrong ETag is not noticed");
    else if (is_condition_failure(wrong.error()))
        say(ability::read_if_match, verdict::yes);
    else
        say(ability::read_if_match, wrong.error());

    if (found.of(ability::read_after_write).said != verdict::unknown) co_return;
    const put_request over = put_of(key_of("plain"));
    auto done = co_await put(over, "another text");
    if (!done) co_return;
    plain_etag_ = done->etag;
    get_request all;
    all.bucket = what_.bucket;
    all.key = over.key;
    auto fresh = co_await read(all);
    if (!fresh)
        say(ability::read_after_write, fresh.error());
    else if (*fresh == "another text")
        say(ability::read_after_write, verdict::yes);
    else
        say(ability::read_after_write, verdict::no, "the old bytes after an overwrite");
}

task<void> prober::ask_conditions() {
    put_request what = put_of(key_of("conditions"));
    auto first = co_await put(what, "first");
    if (!first) {
        say(ability::put_if_match, first.error());
        co_return;
    }
    what.if_match = first->etag;
    auto right = co_await put(what, "second");
    what.if_match = wrong_etag;
    auto wrong = co_await put(what, "third");
    if (wrong)
        say(ability::put_if_match, verdict::no, "a wrong ETag is not noticed");
    else if (!right && is_condition_failure(right.error()))
        say(ability::put_if_match, verdict::no, "the right ETag is refused, too");
    else if (!right)
        say(ability::put_if_match, right.error());
    else if (is_condition_failure(wrong.error()))
        say(ability::put_if_match, verdict::yes);
    else
        say(ability::put_if_match, wrong.error());

    remove_request gone;
    gone.bucket = what_.bucket;
    gone.key = what.key;
    gone.if_match = wrong_etag;
    auto removed = co_await store_.remove_object(gone, soon());
    if (removed && !removed->version_id.empty()) made_.push_back({what.key, removed->version_id});
    if (removed)
        say(ability::remove_if_match, verdict::no, "a wrong ETag is not noticed");
    else if (is_condition_failure(removed.error()))
        say(ability::remove_if_match, verdict::yes);
    else
        say(ability::remove_if_match, removed.error());
}

/// How many of the contenders won. Errors: what kept one from knowing.
task<result<std::size_t>> prober::race() {
    const std::string key = key_of("race-" + hex(random_bytes(4)));
    made_.push_back({key, std::string()});
    const auto race = co_await race_to_create(on_, store_, what_.bucket, key, soon());
    for (const put_receipt& each : race.won)
        if (!each.version_id.empty()) made_.push_back({key, each.version_id});
    if (race.other && race.won.size() <= 1) co_return *race.other;
    co_return race.won.size();
}

task<void> prober::ask_race() {
    for (unsigned round = 0; round < race_rounds; ++round) {
        auto won = co_await race();
        if (!won) {
            say(ability::create_once, won.error());
            co_return;
        }
        if (*won != 1) {
            say(ability::create_once,
                *won == 0 ? verdict::unknown : verdict::no,
                std::to_string(*won) + " of " + std::to_string(race_contenders) + " succeeded");
            co_return;
        }
    }
    say(ability::create_once, verdict::yes);
}

task<void> prober::ask_rest() {
    copy_request copied;
    copied.from.bucket = copied.bucket = what_.bucket;
    copied.from.key = key_of("again");
    copied.key = key_of("copy");
    made_.push_back({copied.key, std::string()});
    auto done = co_await store_.copy(copied, soon());
    if (done && !done->version_id.empty()) made_.push_back({copied.key, done->version_id});
    if (done)
        say(ability::copy, verdict::yes);
    else
        say(ability::copy, done.error());

    tag_map tags;
    tags["sluice"] = "probe";
    const std::string tagged = key_of("again"), current;
    auto set = co_await store_.set_tags(what_.bucket, tagged, current, tags, soon());
    if (set) {
        auto told = co_await store_.tags(what_.bucket, tagged, current, soon());
        say(ability::tags, told && *told == tags ? verdict::yes : verdict::no);
    } else {
        say(ability::tags, set.error());
    }

    auto rules = co_await store_.lifecycle(what_.bucket, soon());
    if (!rules) {
        const bool none = rules.error().code == s3_errc::no_such_configuration;
        if (none) say(ability::aborts_uploads, verdict::no, "no lifecycle configuration");
        if (!none) say(ability::aborts_uploads, rules.error());
    } else {
        bool aborts = false;
        for (const lifecycle_rule& each : *rules)
            aborts = aborts || (each.enabled && each.abort_days && !each.narrowed &&
                                base_.starts_with(each.prefix));
        say(ability::aborts_uploads, aborts ? verdict::yes : verdict::no);
    }

    auto region = co_await store_.bucket_location(what_.bucket, soon());
    if (region) found.region = *region;

    const put_request doomed = put_of(key_of("doomed"));
    auto made = co_await put(doomed, "doomed");
    if (!made) co_return;
    remove_many_request many;
    many.bucket = what_.bucket;
    many.objects.push_back({doomed.key, made->version_id});
    // Where versions are kept it would get a delete marker, and the answer does not name it.
    const bool versioned = !made->version_id.empty() && made->version_id != "null";
    if (!versioned) many.objects.push_back({key_of("never-made"), std::string()});
    auto refused = co_await store_.remove_many(many, soon());
    if (!refused)
        say(ability::remove_many, refused.error());
    else
        say(ability::remove_many,
            refused->empty() ? verdict::yes : verdict::no,
            refused->empty() ? "" : refused->front().code);
}

} // namespace sluice::s3
