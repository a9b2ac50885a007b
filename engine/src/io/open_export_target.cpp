// engine: a destination of an export, from its address and the options around it.
#include "../core/object_layout.hpp"
#include "../core/size_words.hpp"
#include "export_run.hpp"
#include "export_target.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/guarantee.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/engine/scheduler.hpp>

#include <utility>

namespace sluice {

namespace {

failure bad_option(const std::string& address, const std::string& text) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = address + ": " + text;
    return why;
}

result<std::uint64_t>
size_option(const bucket_address& address, const std::string& name, std::uint64_t otherwise) {
    const auto own = address.options.find(name);
    if (own == address.options.end()) return otherwise;
    return parse_size(own->second);
}

std::string
text_option(const bucket_address& address, const std::string& name, const std::string& otherwise) {
    const auto own = address.options.find(name);
    return own == address.options.end() ? otherwise : own->second;
}

/// `source` stands for the codec in which the stream stores its bodies.
result<object_encoding> encoding_option(
    const bucket_address& address, const export_spec& spec, const stream_description& stream
) {
    auto format = parse_format(text_option(address, "format", spec.format));
    if (!format) return format.error();
    const std::string word = text_option(address, "codec", spec.codec);
    auto codec = parse_codec(word == "source" ? stream.codec : word);
    if (!codec) return codec.error();
    auto encoding = make_encoding(*format, *codec);
    if (!encoding) return bad_option(to_string(address), encoding.error().where);
    return encoding;
}

result<s3::checksum::kind> parse_checksum(const std::string& text) {
    if (text == "auto" || text == "crc64nvme" || text.empty()) return s3::checksum::kind::crc64nvme;
    if (text == "crc32c") return s3::checksum::kind::crc32c;
    if (text == "none") return s3::checksum::kind::none;
    failure why;
    why.code = errc::invalid_argument;
    why.where = "checksum \"" + text + "\": must be one of auto, crc64nvme, crc32c, none";
    return why;
}

/// `otherwise` where the address says nothing. The failure names option and value.
result<std::chrono::milliseconds> time_option(
    const bucket_address& address, const std::string& name, std::chrono::milliseconds otherwise
) {
    const auto own = address.options.find(name);
    if (own == address.options.end()) return otherwise;
    auto time = parse_duration(own->second);
    failure why;
    why.code = errc::invalid_argument;
    if (!time) why.where = name + "=" + time.error().where;
    if (time && time->count() == 0) why.where = name + "=" + own->second + ": must be above zero";
    if (!why.where.empty()) return why;
    return *time;
}

result<void>
take_sizes(export_target& target, const bucket_address& address, const export_spec& spec) {
    auto object_bytes = size_option(address, "object-bytes", spec.object_bytes);
    if (!object_bytes) return object_bytes.error();
    if (*object_bytes == 0 || *object_bytes > largest_object_bytes)
        return bad_option(
            target.address,
            "--object-bytes must be 1 B to 4 GiB (256 checked pieces of 16 MiB an object)"
        );
    auto part_size = size_option(address, "part-size", spec.part_size);
    if (!part_size) return part_size.error();
    target.object_bytes = *object_bytes;
    target.part_size = *part_size == 0 ? automatic_part_size(*object_bytes) : *part_size;
    auto object_events = size_option(address, "object-events", spec.object_events);
    if (!object_events) return object_events.error();
    target.object_events = *object_events;
    auto age = time_option(address, "object-age", spec.object_age);
    if (!age) return bad_option(target.address, age.error().where);
    target.object_age = *age;
    auto often = time_option(address, "stray-check", target.stray_check);
    if (!often) return bad_option(target.address, often.error().where);
    target.stray_check = *often;
    auto concurrency = size_option(address, "concurrency", 0);
    constexpr std::uint64_t most_at_once = 10'000;
    if (!concurrency || *concurrency > most_at_once)
        return bad_option(target.address, "concurrency must be a number up to 10000");
    target.concurrency = static_cast<unsigned>(*concurrency);
    auto weight = size_option(address, "weight", 1);
    if (!weight || *weight == 0 || *weight > most_weight)
        return bad_option(
            target.address, "weight must be a number from 1 to " + std::to_string(most_weight)
        );
    target.weight = static_cast<unsigned>(*weight);
    constexpr std::uint64_t largest_part = std::uint64_t{5} << 30;
    if (target.part_size > largest_part)
        return bad_option(target.address, "--part-size must be at most 5 GiB");
    if (target.object_bytes / target.part_size > 9'900)
        return bad_option(
            target.address, "an object may have 10,000 parts: use a larger --part-size"
        );
    return result<void>();
}

/// What S3 takes as a part that is not the last, and with it most stores.
constexpr std::uint64_t smallest_usual_part = std::uint64_t{5} << 20;

bool is_amazon(const std::string& endpoint) {
    const std::string host = endpoint.substr(0, endpoint.rfind(':'));
    return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

/// A store refuses parts that are too small only when all of them are there: it is told before.
result<void> check_part_size(const export_target& target, const s3_options& common, logger& log) {
    // Others end with the block that reaches the size: behind the first part.
    const bool one_part = cut_at_bytes(target.encoding) && target.object_bytes <= target.part_size;
    if (one_part || target.part_size >= smallest_usual_part) return result<void>();
    const std::string given = "--part-size " + size_word(target.part_size);
    if (is_amazon(target.endpoint))
        return bad_option(
            target.address, given + ": S3 takes no parts below 5 MiB but as the last"
        );
    const std::string text = target.address + ": " + given +
                             ": most stores take no parts below 5 MiB but as the last, and refuse "
                             "the object when all of it is sent; `sluice probe` tells what this "
                             "one takes";
    if (!common.told || common.told->is_new(text)) log.write(log_level::warning, text);
    return result<void>();
}

/// Where this destination's export begins; partitions that are named must be there.
result<void>
take_range(export_target& target, const bucket_address& address, const export_spec& spec) {
    target.accept_gaps = spec.accept_gaps;
    target.start = spec.start;
    if (const auto own = address.options.find("start"); own != address.options.end()) {
        auto start = parse_places(own->second);
        if (!start) return bad_option(target.address, "start=" + start.error().where);
        target.start = *start;
    }
    for (const places* each : {&std::as_const(target.start), &spec.end}) {
        if (each->each.empty() || each->each.rbegin()->first < target.where.document.partitions)
            continue;
        return bad_option(
            target.address,
            "a position names partition " + std::to_string(each->each.rbegin()->first) +
                ", the stream has " + std::to_string(target.where.document.partitions) +
                " of them, from 0 on"
        );
    }
    return result<void>();
}

} // namespace

result<std::unique_ptr<export_target>> open_export_target(
    any_io_executor on,
    const export_spec& spec,
    const std::string& text,
    const stream_description& stream,
    const engine_options& options,
    std::shared_ptr<s3::traffic> in_all
) {
    auto address = parse_bucket_address(text);
    if (!address) return address.error();
    auto target = std::make_unique<export_target>();
    target->address = to_string(*address);
    auto encoding = encoding_option(*address, spec, stream);
    if (!encoding) return encoding.error();
    target->encoding = *encoding;
    auto sizes = take_sizes(*target, *address, spec);
    if (!sizes) return sizes.error();
    auto algorithm = parse_checksum(spec.s3.checksum);
    if (!algorithm) return algorithm.error();
    target->algorithm = *algorithm;

    auto store = open_store(on, *address, spec.s3, options, std::move(in_all));
    if (!store) return store.error();
    target->opened = std::move(*store);
    target->store = &target->opened.use();
    target->endpoint = target->opened.endpoint;
    auto parts = check_part_size(*target, spec.s3, options.log ? *options.log : silent_logger());
    if (!parts) return parts.error();
    target->where.bucket = address->bucket;
    std::string folder = stream.name;
    if (spec.new_generation) folder += "~" + short_incarnation(stream.incarnation);
    target->where.folder = join_key(address->prefix, folder);
    target->where.document.name = stream.name;
    target->where.document.incarnation = stream.incarnation;
    target->where.document.partitions = stream.partitions;
    target->where.document.format = name_of(target->encoding.format);
    target->where.document.codec = name_of(target->encoding.codec);
    target->claim_transfer = spec.name;
    if (spec.name.empty()) {
        target->claim_transfer = transfer_of_claim(
            "export", stream.name, stream.incarnation, target->where.bucket, target->where.folder
        );
    }
    target->take_over = spec.take_over;
    auto range = take_range(*target, *address, spec);
    if (!range) return range.error();
    target->patient = patience(spec.rules.retry_for);
    target->seen.target = target->address;
    target->seen.state = "pending";
    target->seen.guarantee = guarantee_of(stream);
    return target;
}

lane_key
lane_key_of(const export_target& target, const std::string& transfer, std::uint32_t partition) {
    lane_key key;
    key.transfer = transfer;
    key.bucket = target.where.bucket;
    key.folder = target.where.folder;
    key.endpoint = target.endpoint;
    key.partition = partition;
    return key;
}

} // namespace sluice
