// engine: progress as JSON.
#include "json_line.hpp"

#include <sluice/base/text.hpp>
#include <sluice/engine/progress.hpp>

#include <cmath>

namespace sluice {

namespace {

/// Names and addresses come from command lines, errors from servers: any bytes at all.
std::string_view as_utf8(const std::string& text) {
    return is_utf8(text) ? std::string_view(text) : "(bytes that are not text)";
}

void add_lane(json::line_writer& to, const lane_progress& lane) {
    to.open()
        .number("partition", lane.partition)
        .number("first", lane.first)
        .number("done", lane.done);
    to.number("reached", lane.reached)
        .number("end", lane.end)
        .number("objects", lane.objects)
        .text("state", lane.state)
        .close();
}

void add_target(json::line_writer& to, const target_progress& target) {
    to.open().text("target", as_utf8(target.target));
    to.text("endpoint", as_utf8(target.endpoint)).text("state", target.state);
    to.text("desired", target.desired).text("guarantee", as_utf8(target.guarantee));
    to.number("bytes", target.bytes)
        .number("events", target.events)
        .number("objects", target.objects);
    to.number("parts", target.parts).number("parts_in_flight", target.parts_in_flight);
    to.number("retries", target.retries);
    const auto whole = [](double value) { return static_cast<std::int64_t>(std::llround(value)); };
    to.time(
        "percent",
        target.percent ? std::optional<std::int64_t>(whole(*target.percent)) : std::nullopt
    );
    to.number("bytes_per_second", whole(target.bytes_per_second));
    to.number("worked_ms", static_cast<std::uint64_t>(target.worked.count()));
    to.time("eta_seconds", target.seconds_left)
        .text("last_error", as_utf8(target.last_error))
        .flag("failing", target.failing)
        .open_array("left_out");
    for (const std::string& each : target.left_out)
        to.element(as_utf8(each));
    to.close_array().open_array("left_out_earlier");
    for (const std::string& each : target.left_out_earlier)
        to.element(as_utf8(each));
    to.close_array().open_array("lanes");
    for (const lane_progress& lane : target.lanes)
        add_lane(to, lane);
    to.close_array().close();
}

target_progress read_target(json::object_reader from) {
    target_progress target;
    target.target = from.text("target");
    if (from.has("endpoint")) target.endpoint = from.text("endpoint"); // older runs tell none
    if (from.has("failing")) target.failing = from.flag("failing");
    target.state = from.text("state");
    target.desired = from.text("desired");
    if (from.has("guarantee")) target.guarantee = from.text("guarantee"); // older runs tell none
    target.bytes = from.number("bytes");
    target.events = from.number("events");
    target.objects = from.number("objects");
    target.parts = from.number("parts");
    target.parts_in_flight = from.number("parts_in_flight");
    target.retries = from.number("retries");
    if (const auto percent = from.time("percent")) target.percent = static_cast<double>(*percent);
    target.bytes_per_second = static_cast<double>(from.integer("bytes_per_second"));
    if (from.has("worked_ms")) // older runs tell none
        target.worked = std::chrono::milliseconds(from.number("worked_ms"));
    target.seconds_left = from.time("eta_seconds");
    target.last_error = from.text("last_error");
    return target;
}

} // namespace

std::string to_json(const progress& what) {
    json::line_writer to;
    to.open().text("name", as_utf8(what.name)).text("kind", what.kind).text("state", what.state);
    to.number("source_bytes_read", what.source_bytes_read).open_array("targets");
    for (const target_progress& target : what.targets)
        add_target(to, target);
    to.close_array().close();
    return to.so_far();
}

std::optional<progress> progress_of_json(std::string_view text) {
    simdjson::dom::parser parser;
    const simdjson::padded_string padded(text);
    simdjson::dom::element root;
    if (parser.parse(padded).get(root) != simdjson::SUCCESS) return std::nullopt;
    std::optional<failure> wrong;
    json::object_reader from(root, "progress", wrong);
    progress read;
    read.name = from.text("name");
    read.kind = from.text("kind");
    read.state = from.text("state");
    read.source_bytes_read = from.number("source_bytes_read");
    for (const simdjson::dom::element& each : from.elements("targets"))
        read.targets.push_back(read_target(json::object_reader(each, "target", wrong)));
    if (wrong) return std::nullopt;
    return read;
}

} // namespace sluice
