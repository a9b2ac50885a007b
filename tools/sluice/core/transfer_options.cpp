// tools: what a person wrote behind `export` and `import`, checked once and made into a spec.
#include "transfer_options.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/rates.hpp>
#include <sluice/engine/scheduler.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/position.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::command {

namespace {

constexpr std::uint64_t largest_object = std::uint64_t{4} << 30;
constexpr std::uint64_t largest_part = std::uint64_t{5} << 30;
constexpr const char* time_example = "time:2026-11-23T10:00:00Z";

failure of_option(const std::string& option, const failure& why) {
    failure named = why;
    named.where = option + ": " + why.where;
    return named;
}

bool is_one_of(const std::string& word, const std::vector<std::string>& known) {
    for (const std::string& each : known)
        if (word == each) return true;
    return false;
}

/// Errors name the option, its values, and the nearest of them.
result<void> check_word(
    const std::string& option, const std::string& word, const std::vector<std::string>& known
) {
    if (is_one_of(word, known)) return result<void>();
    std::string text = option + " " + word + ": must be one of";
    for (const std::string& each : known)
        text += " " + each;
    const auto near = nearest(word, known);
    if (near) text += "; did you mean " + *near + "?";
    return usage_failure(text);
}

result<s3_options> make_s3(const transfer_words& words) {
    s3_options s3 = words.s3;
    const std::vector<std::string> three = {"auto", "always", "never"};
    auto style = check_word("--path-style", s3.path_style, three);
    if (!style) return style.error();
    auto signing = check_word("--sign-payload", s3.sign_payload, three);
    if (!signing) return signing.error();
    auto sum = check_word("--checksum", s3.checksum, {"auto", "crc64nvme", "crc32c", "none"});
    if (!sum) return sum.error();
    if (words.max_requests.empty()) return s3;
    auto plan = parse_request_plan(words.max_requests);
    if (!plan) return of_option("--max-requests", plan.error());
    s3.requests_per_second = plan->always;
    s3.requests_by_time = std::move(plan->by_time);
    return s3;
}

result<transfer_rules> make_rules(const transfer_words& words) {
    transfer_rules rules;
    rules.concurrency = words.concurrency;
    auto memory = size_of_option("--memory", words.memory);
    if (!memory) return memory.error();
    constexpr std::uint64_t least_memory = 1 << 20;
    if (*memory < least_memory) return usage_failure("--memory must be at least 1MiB");
    rules.memory = *memory;
    if (words.weight < 1 || words.weight > most_weight)
        return usage_failure("--weight must be a number from 1 to " + std::to_string(most_weight));
    if (words.priority < -100 || words.priority > 100)
        return usage_failure("--priority must be a number from -100 to 100");
    rules.weight = static_cast<unsigned>(words.weight);
    rules.priority = static_cast<int>(words.priority);
    if (words.retry_for == "forever") {
        constexpr std::chrono::hours a_century{24 * 365 * 100};
        rules.retry_for = a_century;
    } else {
        auto retry_for = duration_of_option("--retry-for", words.retry_for);
        if (!retry_for) return retry_for.error();
        rules.retry_for = *retry_for;
    }
    auto drain = duration_of_option("--drain", words.drain);
    if (!drain) return drain.error();
    rules.drain = *drain;
    rules.max_events = words.max_events;
    rules.fail_if_empty = words.fail_if_empty;
    if (!words.max_transfer.empty()) {
        auto most = size_of_option("--max-transfer", words.max_transfer);
        if (!most) return most.error();
        rules.max_bytes = *most;
    }
    if (!words.bwlimit.empty()) {
        auto plan = parse_byte_plan(words.bwlimit);
        if (!plan) return of_option("--bwlimit", plan.error());
        rules.bytes_per_second = plan->always;
        rules.bytes_by_time = std::move(plan->by_time);
    }
    if (!words.max_duration.empty()) {
        auto most = duration_of_option("--max-duration", words.max_duration);
        if (!most) return most.error();
        rules.max_duration = *most;
    }
    return rules;
}

/// Whether format and codec go together; which codec `source` is, the stream tells later.
result<void> check_encoding(const std::string& format, const std::string& codec) {
    auto known_format = parse_format(format);
    if (!known_format) return of_option("--format", known_format.error());
    auto known = check_word("--codec", codec, {"source", "none", "zstd", "gzip", "deflate"});
    if (!known || codec == "source") return known;
    auto encoding = make_encoding(*known_format, *parse_codec(codec));
    if (!encoding) return of_option("--codec", encoding.error());
    return result<void>();
}

/// A destination's own words count before those of all.
result<void> check_encoding_of(const bucket_address& to, const export_words& words) {
    const auto format = to.options.find("format"), codec = to.options.find("codec");
    const bool own_format = format != to.options.end(), own_codec = codec != to.options.end();
    return check_encoding(
        own_format ? format->second : words.format, own_codec ? codec->second : words.codec
    );
}

result<void> take_sizes(export_spec& spec, const export_words& words) {
    auto object_bytes = size_of_option("--object-bytes", words.object_bytes);
    if (!object_bytes) return object_bytes.error();
    if (*object_bytes == 0 || *object_bytes > largest_object) {
        return usage_failure(
            "--object-bytes " + words.object_bytes +
            ": must be 1 byte to 4 GiB, for an object has at "
            "most 256 checked pieces of 16 MiB"
        );
    }
    spec.object_bytes = *object_bytes;
    spec.object_events = words.object_events;
    const std::string usual_age = words.follow ? "15m" : "0";
    auto age =
        duration_of_option("--object-age", words.object_age.empty() ? usual_age : words.object_age);
    if (!age) return age.error();
    if (age->count() == 0 && !words.object_age.empty())
        return usage_failure("--object-age " + words.object_age + ": must be above zero");
    spec.object_age = *age;
    if (words.part_size == "auto") return result<void>();
    auto part_size = size_of_option("--part-size", words.part_size);
    if (!part_size) return part_size.error();
    if (*part_size == 0 || *part_size > largest_part)
        return usage_failure("--part-size " + words.part_size + ": must be 5MiB to 5GiB, or auto");
    spec.part_size = *part_size;
    return result<void>();
}

result<on_pause> parse_on_pause(const std::string& word) {
    if (word.empty()) return on_pause::automatic;
    auto known = check_word("--on-pause", word, {"keep", "seal", "abort"});
    if (!known) return known.error();
    if (word == "seal") return on_pause::seal;
    return word == "abort" ? on_pause::abort : on_pause::keep;
}

/// Two places that can be compared as they are written.
bool lies_behind(const place& one, const place& two) {
    const bool numbers = one.what == place::kind::sequence || one.what == place::kind::time;
    return numbers && one.what == two.what && one.value > two.value;
}

bool is_reversed(const places& start, const places& end) {
    if (start.each.empty() && end.each.empty()) return lies_behind(start.all, end.all);
    for (const auto* some : {&start.each, &end.each})
        for (const auto& [partition, unused] : *some)
            if (lies_behind(start.of(partition), end.of(partition))) return true;
    return false;
}

/// Where a transfer begins and ends; of an export and of an import from commits.
template <class Spec, class Words>
result<void> take_range(Spec& spec, const Words& words) {
    auto start = parse_places(words.start);
    if (!start) return of_option("--start", start.error());
    auto end = parse_places(words.end);
    if (!end) return of_option("--end", end.error());
    const bool odd = end->uses(place::kind::saved) || end->uses(place::kind::earliest);
    if (!words.end.empty() && odd)
        return usage_failure("--end " + words.end + ": must be latest, seq:N or time:RFC3339");
    const bool moves = end->uses(place::kind::latest) || end->uses(place::kind::time);
    if (words.follow && moves)
        return usage_failure("--end " + words.end + ": with --follow it must be seq:N");
    if (is_reversed(*start, *end))
        return usage_failure(
            "--start " + words.start + " --end " + words.end +
            ": the start lies behind the end; the end is the first place that is not taken"
        );
    spec.follow = words.follow;
    spec.start = *start;
    spec.end = *end;
    return result<void>();
}

std::optional<std::int64_t> sequence_from(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    if (!whole || number < 0) return std::nullopt;
    return number;
}

} // namespace

failure usage_failure(std::string text) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = std::move(text);
    return why;
}

result<std::uint64_t> size_of_option(const std::string& option, const std::string& text) {
    auto size = parse_size(text);
    if (!size) return of_option(option, size.error());
    return size;
}

result<std::chrono::milliseconds>
duration_of_option(const std::string& option, const std::string& text) {
    auto span = parse_duration(text);
    if (!span) return of_option(option, span.error());
    return span;
}

result<export_spec> make_export_spec(const export_words& words) {
    auto rules = make_rules(words.common);
    if (!rules) return rules.error();
    auto s3 = make_s3(words.common);
    if (!s3) return s3.error();
    auto codec = check_word("--codec", words.codec, {"source", "none", "zstd", "gzip", "deflate"});
    if (!codec) return codec.error();
    auto format = parse_format(words.format);
    if (!format) return of_option("--format", format.error());
    export_spec spec;
    spec.from = stream_address_of(words.from);
    auto from = parse_stream_address(spec.from);
    if (!from) return of_option("--from", from.error());
    for (const std::string& each : words.to) {
        auto to = parse_bucket_address(each);
        if (!to) return of_option("--to", to.error());
        auto encoding = check_encoding_of(*to, words);
        if (!encoding) return of_option("--to " + to_string(*to), encoding.error());
        spec.to.push_back(each);
    }
    auto sizes = take_sizes(spec, words);
    if (!sizes) return sizes.error();
    auto range = take_range(spec, words);
    if (!range) return range.error();
    spec.accept_gaps = words.accept_gaps;
    spec.name = words.common.name;
    spec.known_as = words.common.known_as;
    spec.format = words.format;
    spec.codec = words.codec;
    spec.take_over = words.take_over;
    spec.new_generation = words.new_generation;
    spec.command = words.common.command;
    spec.resume = words.common.resume;
    spec.ends_only = words.common.ends_only;
    spec.endpoints = words.common.endpoints;
    spec.s3 = *s3;
    spec.rules = *rules;
    auto pausing = parse_on_pause(words.on_pause);
    if (!pausing) return pausing.error();
    spec.rules.pausing = *pausing;
    return spec;
}

namespace {

/// "2/5": the second of five.
result<listing_shard> shard_of(const std::string& text) {
    listing_shard shard;
    if (text.empty()) return shard;
    const char* const end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, shard.number);
    const bool two = number.ec == std::errc() && number.ptr != end && *number.ptr == '/';
    if (two) {
        const auto of = std::from_chars(number.ptr + 1, end, shard.of);
        const bool good = of.ec == std::errc() && of.ptr == end;
        if (good && shard.number >= 1 && shard.number <= shard.of) return shard;
    }
    return usage_failure("--shard " + text + ": must be I/N, with I from 1 to N");
}

constexpr const char* own_partitions = "keep";

/// Each to a partition of the stream, and not, as numbers alone say by listing, all to one. A
/// single one that goes to the first is the same either way.
bool keeps_partitions(const import_words& words) {
    if (words.partitions == own_partitions) return true;
    const bool paired = words.partitions.find('=') != std::string::npos;
    const auto pairs = parse_partitions(words.partitions);
    const auto elsewhere = [](const partition_pair& each) { return each.target > 0; };
    return paired && pairs && std::ranges::any_of(*pairs, elsewhere);
}

/// Not set where the import is one from commits.
result<std::optional<listing_options>> listing_of(const import_words& words) {
    std::optional<listing_options> none;
    if (!words.by_listing) {
        const bool meant = !words.format.empty() || !words.codec.empty() || !words.sort.empty();
        if (meant)
            return usage_failure(
                "--format, --codec and --sort: belong to --by-listing; an export's commits tell "
                "all three"
            );
        return none;
    }
    if (words.start != "saved" || !words.end.empty())
        return usage_failure(
            "--start and --end: belong to an import from commits, not to --by-listing"
        );
    listing_options chosen;
    chosen.format = words.format;
    chosen.codec = words.codec;
    if (words.sort == "modified") chosen.sort = listing_sort::modified;
    auto shard = shard_of(words.shard);
    if (!shard) return shard.error();
    chosen.shard = *shard;
    chosen.keep_partitions = keeps_partitions(words);
    return std::optional<listing_options>(chosen);
}

/// Which part of an export is imported.
result<void> take_part(import_spec& spec, const import_words& words) {
    auto range = take_range(spec, words);
    if (!range) return range;
    const bool own = words.partitions == own_partitions;
    if (own && !words.by_listing)
        return usage_failure(
            "--partitions keep: belongs to --by-listing; what an export's commits name stays in "
            "its partition without it"
        );
    auto partitions = parse_partitions(own ? std::string() : words.partitions);
    if (!partitions) return of_option("--partitions", partitions.error());
    spec.partitions = *partitions;
    if (words.by_listing && !keeps_partitions(words)) { // in the order of keys, however named
        std::ranges::sort(spec.partitions, {}, &partition_pair::source);
        for (partition_pair& each : spec.partitions)
            each.target = 0;
    }
    if (!words.partitions.empty() && !words.shard.empty())
        return usage_failure("--partitions and --shard: only one of them");
    auto shard = shard_of(words.shard);
    if (!shard) return shard.error();
    if (!words.by_listing) spec.shard = *shard;
    if (!words.follow && !words.poll.empty()) return usage_failure("--poll: belongs to --follow");
    if (words.poll.empty()) return result<void>();
    auto poll = duration_of_option("--poll", words.poll);
    if (!poll) return poll.error();
    constexpr std::chrono::milliseconds least_poll{10};
    if (*poll < least_poll)
        return usage_failure("--poll " + words.poll + ": must be at least 10ms");
    spec.poll = *poll;
    return result<void>();
}

} // namespace

result<import_spec> make_import_spec(const import_words& words) {
    auto rules = make_rules(words.common);
    if (!rules) return rules.error();
    auto s3 = make_s3(words.common);
    if (!s3) return s3.error();
    import_spec spec;
    auto from = parse_bucket_address(words.from);
    if (!from) return of_option("--from", from.error());
    spec.from = words.from;
    spec.resume = words.common.resume;
    spec.to = stream_address_of(words.to);
    auto to = parse_stream_address(spec.to);
    if (!to) return of_option("--to", to.error());
    auto event_bytes = size_of_option("--event-bytes", words.event_bytes);
    if (!event_bytes) return event_bytes.error();
    if (*event_bytes == 0 || *event_bytes > max_fragment_bytes)
        return usage_failure("--event-bytes " + words.event_bytes + ": must be 1 byte to 1MiB");
    spec.event_bytes = *event_bytes;
    auto listing = listing_of(words);
    if (!listing) return listing.error();
    spec.listing = *listing;
    auto part = take_part(spec, words);
    if (!part) return part.error();
    auto on_bad = check_word("--on-bad", words.on_bad, {"stop", "skip"});
    if (!on_bad) return on_bad.error();
    rules->skip_bad = words.on_bad == "skip";
    spec.name = words.common.name;
    spec.known_as = words.common.known_as;
    spec.command = words.common.command;
    const auto known = words.common.endpoints.find("");
    if (known != words.common.endpoints.end()) spec.endpoint = known->second;
    spec.s3 = *s3;
    spec.rules = *rules;
    return spec;
}

result<repair_spec> make_repair_spec(const repair_words& words) {
    auto rules = make_rules(words.common);
    if (!rules) return rules.error();
    auto s3 = make_s3(words.common);
    if (!s3) return s3.error();
    auto prefix = parse_bucket_address(words.prefix);
    if (!prefix) return prefix.error();
    if (words.expired + words.undo_expired + words.state_only > 1)
        return usage_failure("--expired, --undo-expired and --state-only: only one of them");
    repair_spec spec;
    spec.name = words.common.name;
    spec.prefix = words.prefix;
    spec.from = stream_address_of(words.from);
    auto from = parse_stream_address(spec.from);
    if (!from) return of_option("--from", from.error());
    spec.expired = words.expired;
    spec.undo_expired = words.undo_expired;
    spec.state_only = words.state_only;
    spec.take_over = words.take_over;
    spec.command = words.common.command;
    spec.s3 = *s3;
    spec.rules = *rules;
    return spec;
}

std::string stream_address_of(const std::string& word) {
    const bool address = word.find(':') != std::string::npos;
    return address ? word : "log:" + word;
}

result<start_place> parse_start(const std::string& text) {
    start_place place;
    if (text == "earliest") return place;
    if (text == "latest") {
        place.what = start_place::kind::latest;
        return place;
    }
    constexpr std::string_view time = "time:";
    if (text.starts_with(time)) {
        const auto since = parse_timestamp(std::string_view(text).substr(time.size()));
        if (!since) return usage_failure("--from " + text + ": must be like " + time_example);
        place.what = start_place::kind::time;
        place.since = *since;
        return place;
    }
    place.what = start_place::kind::sequence;
    if (text.starts_with("seq:")) {
        const auto sequence = sequence_from(std::string_view(text).substr(4));
        if (sequence) {
            place.sequence = *sequence;
            return place;
        }
    } else if (auto at = parse_position(text); at && at->offset == 0) {
        place.sequence = at->sequence;
        place.partition = at->partition;
        return place;
    }
    return usage_failure(
        "--from " + text + ": must be earliest, latest, seq:N, PARTITION/N or " + time_example
    );
}

} // namespace sluice::command
