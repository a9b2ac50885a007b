// tools: what `sluice stream info` says.
#include "stream_text.hpp"

#include "../core/json_text.hpp"
#include "../core/progress_line.hpp"
#include "stream_upkeep_text.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

namespace sluice::command {

namespace {

std::uint64_t bytes_of(const log_info& info) {
    std::uint64_t bytes = 0;
    for (const log_partition_info& each : info.partitions)
        bytes += each.bytes;
    return bytes;
}

/// Sequences may be sparse, so this is a bound; in a log that nobody imported it is exact.
std::uint64_t sequences_of(const log_info& info) {
    std::uint64_t count = 0;
    for (const log_partition_info& each : info.partitions)
        count += static_cast<std::uint64_t>(each.bounds.end.sequence - each.bounds.first.sequence);
    return count;
}

std::vector<std::string> missing_in(const left_out_lists& lists, std::uint32_t partition) {
    return partition < lists.size() ? lists[partition] : std::vector<std::string>();
}

std::string remarks(const log_info& info) {
    std::string text;
    if (!info.description.durable_acknowledge) text += ", relaxed";
    if (!info.reserved_by.empty()) text += ", reserved by transfer " + info.reserved_by;
    return text;
}

} // namespace

std::string stream_line(const log_info& info) {
    return fmt::format(
        "{}  {} partitions  {} sequences  {}{}\n",
        info.description.name,
        info.description.partitions,
        grouped(sequences_of(info)),
        human_size(bytes_of(info)),
        remarks(info)
    );
}

std::string stream_text(const log_info& info, const left_out_lists& left_out) {
    std::string text = info.description.name + "\n";
    text += "  incarnation  " + info.description.incarnation + "\n";
    text += "  created      " + info.created + "\n";
    text += "  codec        " + info.description.codec + "\n";
    text += std::string("  acknowledge  ") +
            (info.description.durable_acknowledge ? "durable" : "relaxed: before the disk does") +
            "\n";
    if (info.group_window.count() > 0)
        text += fmt::format("  group window {} µs\n", info.group_window.count());
    text += "  keeps        " + retention_text(info.retention) + "\n";
    if (!info.reserved_by.empty()) text += "  reserved by  transfer " + info.reserved_by + "\n";
    text += fmt::format("  opened       {} times for writing\n", info.writer_epoch);
    for (const log_partition_info& each : info.partitions) {
        text += fmt::format(
            "  partition {}  {} to {}, {} segments, {}\n",
            each.bounds.first.partition,
            to_string(each.bounds.first),
            to_string(each.bounds.end),
            each.segments,
            human_size(each.bytes)
        );
        for (const std::string& what : missing_in(left_out, each.bounds.first.partition))
            text += "    left out by its import: " + what + "\n";
    }
    return text;
}

std::string stream_json(const log_info& info, const left_out_lists& left_out) {
    json_array partitions;
    for (const log_partition_info& each : info.partitions) {
        json_object json;
        json.number("partition", each.bounds.first.partition);
        json.text("first", to_string(each.bounds.first)).text("end", to_string(each.bounds.end));
        json.number("segments", each.segments).number("bytes", each.bytes);
        json_array missing;
        for (const std::string& what : missing_in(left_out, each.bounds.first.partition))
            missing.add(json_string(what));
        if (!left_out.empty()) json.value("left_out", missing.done());
        partitions.add(json.done());
    }
    json_object json;
    json.text("name", info.description.name).text("incarnation", info.description.incarnation);
    json.text("created", info.created).text("codec", info.description.codec);
    json.flag("relaxed", !info.description.durable_acknowledge);
    json.number("group_window_us", static_cast<std::uint64_t>(info.group_window.count()));
    json.value("retention", retention_json(info.retention));
    json.text("reserved_by", info.reserved_by).number("writer_epoch", info.writer_epoch);
    json.value("partitions", partitions.done());
    return json.done();
}

} // namespace sluice::command
