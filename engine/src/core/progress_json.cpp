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
    to.open().text("target", as_utf8(target.target)).text("state", target.state);
    to.text("desired", target.desired);
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
    to.time("eta_seconds", target.seconds_left)
        .text("last_error", as_utf8(target.last_error))
        .open_array("left_out");
    for (const std::string& each : target.left_out)
        to.element(as_utf8(each));
    to.close_array().open_array("lanes");
    for (const lane_progress& lane : target.lanes)
        add_lane(to, lane);
    to.close_array().close();
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

} // namespace sluice
