// tools: what `sluice inspect` says about a partition's commits and about one object.
#include "inspect_text.hpp"

#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/object_key.hpp>

#include <fmt/format.h>

namespace sluice::command {

namespace {

std::string moment(std::int64_t micros) {
    return format_timestamp(micros).value_or(std::to_string(micros) + " µs");
}

void add_times(json_object& json, const std::optional<time_range>& times) {
    if (!times) return;
    json.text("min_timestamp", moment(times->min));
    json.text("max_timestamp", moment(times->max));
}

std::string times_text(const std::optional<time_range>& times) {
    if (!times) return "none of the events has one";
    return moment(times->min) + " to " + moment(times->max);
}

std::string pieces_json(const std::vector<piece>& pieces) {
    json_array list;
    for (const piece& each : pieces) {
        json_object json;
        json.text("first", to_string(each.first)).number("at", each.at);
        json.text("crc64nvme", crc64_base64(each.crc64nvme));
        add_times(json, each.times);
        list.add(json.done());
    }
    return list.done();
}

std::string header_json(const avro_header& header) {
    json_object metadata;
    for (const auto& [name, value] : header.metadata)
        metadata.text(name, value);
    json_object json;
    json.text("codec", header.codec).text("schema", header.schema);
    json.value("metadata", metadata.done());
    json.text("sync", hex(header.sync)).number("bytes", header.size);
    return json.done();
}

} // namespace

partition_summary summarize(const partition_survey& survey) {
    partition_summary summary;
    summary.partition = survey.partition();
    summary.commits = survey.commits();
    summary.start = survey.first();
    summary.next = survey.end();
    summary.gaps = survey.gaps();
    summary.released = survey.released();
    if (!survey.claim()) return summary;
    summary.epoch = survey.claim()->epoch;
    summary.transfer = survey.claim()->claim.transfer;
    summary.owner = survey.claim()->claim.owner;
    return summary;
}

void add_object(partition_summary& to, const committed_object& object) {
    ++to.objects;
    to.events += object.events;
    to.bytes += object.bytes;
    to.times = merge(to.times, object.times);
}

std::string partition_text(const partition_summary& summary) {
    if (summary.commits == 0)
        return fmt::format("partition {}: nothing exported yet\n", summary.partition);
    std::string text = fmt::format(
        "partition {}: {} to {}, {} events in {} objects, {}\n",
        summary.partition,
        to_string(summary.start),
        to_string(summary.next),
        grouped(summary.events),
        grouped(summary.objects),
        human_size(summary.bytes)
    );
    text += "  times     " + times_text(summary.times) + "\n";
    text += fmt::format("  commits   {}, epoch {}\n", grouped(summary.commits), summary.epoch);
    text += fmt::format(
        "  claim     {} by {}{}\n",
        summary.transfer,
        summary.owner,
        summary.released ? ", released" : ""
    );
    if (summary.gaps > 0) text += fmt::format("  gaps      {}\n", grouped(summary.gaps));
    return text;
}

std::string partition_json(const partition_summary& summary) {
    json_object json;
    json.number("partition", summary.partition).number("commits", summary.commits);
    json.number("epoch", summary.epoch).text("transfer", summary.transfer);
    json.text("owner", summary.owner).flag("released", summary.released);
    json.text("start", to_string(summary.start)).text("next", to_string(summary.next));
    json.number("objects", summary.objects).number("events", summary.events);
    json.number("bytes", summary.bytes).number("gaps", summary.gaps);
    add_times(json, summary.times);
    return json.done();
}

std::string object_text(const object_account& account) {
    const committed_object& object = account.object;
    std::string text = object.key + "\n";
    text += fmt::format(
        "  range     {} to {}, {} events begin in it\n",
        to_string(object.first),
        to_string(object.next),
        grouped(object.events)
    );
    text += "  times     " + times_text(object.times) + "\n";
    text += fmt::format(
        "  bytes     {} ({}), crc64nvme {}\n",
        object.bytes,
        human_size(object.bytes),
        crc64_base64(object.crc64nvme)
    );
    text += fmt::format(
        "  encoding  {}, codec {}, by {}\n", object.format, object.codec, object.encoder
    );
    text += fmt::format(
        "  commit    {} at {}, epoch {}, token {}\n",
        account.commit_number,
        moment(account.committed_at),
        account.epoch,
        object.token
    );
    if (account.header) {
        text += fmt::format(
            "  header    {} bytes, sync marker {}\n",
            account.header->size,
            hex(account.header->sync)
        );
        for (const auto& [name, value] : account.header->metadata)
            if (name != "avro.schema") text += "    " + name + " = " + value + "\n";
        text += "    avro.schema = " + account.header->schema + "\n";
    }
    text += fmt::format("  pieces    {}\n", object.pieces.size());
    for (const piece& each : object.pieces) {
        text += fmt::format(
            "    byte {:>10}  {}  crc64nvme {}\n",
            each.at,
            to_string(each.first),
            crc64_base64(each.crc64nvme)
        );
    }
    return text;
}

std::string object_account_json(const object_account& account) {
    const committed_object& object = account.object;
    json_object json;
    json.text("key", object.key).text("token", object.token);
    json.text("first", to_string(object.first)).text("next", to_string(object.next));
    json.number("events", object.events).number("bytes", object.bytes);
    json.text("crc64nvme", crc64_base64(object.crc64nvme));
    json.text("format", object.format).text("codec", object.codec).text("encoder", object.encoder);
    add_times(json, object.times);
    json.number("commit", account.commit_number).number("epoch", account.epoch);
    json.text("committed_at", moment(account.committed_at));
    if (account.header)
        json.value("header", header_json(*account.header));
    else
        json.null("header");
    json.value("pieces", pieces_json(object.pieces));
    return json.done();
}

std::optional<object_place> find_object_place(const std::string& path) {
    const std::size_t before_name = path.rfind('/');
    if (before_name == std::string::npos || before_name == 0) return std::nullopt;
    const std::size_t before_partition = path.rfind('/', before_name - 1);
    if (before_partition == std::string::npos) return std::nullopt;
    object_place place;
    place.folder = path.substr(0, before_partition);
    place.key = path.substr(before_partition + 1);
    const auto name = parse_object_key(place.key);
    if (!name) return std::nullopt;
    place.partition = name->first.partition;
    return place;
}

} // namespace sluice::command
