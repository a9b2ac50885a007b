// tools: plans of transfers as text and JSON.
#include "plan_text.hpp"

#include "json_text.hpp"
#include "progress_line.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

namespace sluice::command {

namespace {

constexpr const char* price_list = "S3 Standard, us-east-1, list prices of 2025";

double gigabytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(1 << 30);
}

std::string money(double dollars) {
    return dollars < 0.01 ? fmt::format("${:.4f}", dollars) : fmt::format("${:.2f}", dollars);
}

void add_lines(std::string& text, const char* name, const std::vector<std::string>& lines) {
    for (const std::string& each : lines)
        text += fmt::format("  {:<12}{}\n", &each == &lines.front() ? name : "", each);
}

std::string ranges_text(const planned_target& plan) {
    if (plan.ranges.empty() && plan.begins.empty()) return "nothing";
    std::string text = plan.begins;
    for (const planned_range& each : plan.ranges) {
        if (!text.empty()) text += ", ";
        text += each.first < each.next ? to_string(each.first) + " to " + to_string(each.next)
                                       : "nothing behind " + to_string(each.first);
    }
    return text;
}

std::string events_text(const planned_target& plan) {
    if (plan.events_unknown) return "events that only reading tells";
    return (plan.estimated ? "about " : "") + grouped(plan.events) + " events";
}

std::string target_text(const planned_target& plan) {
    std::string text = plan.place + " at " + plan.endpoint + "\n";
    text += fmt::format(
        "  {:<12}{}; {}\n",
        "range",
        ranges_text(plan),
        plan.is_new ? "new" : "continues what is there"
    );
    text += fmt::format(
        "  {:<12}{}, {} in {} objects and {} {}\n",
        "moves",
        events_text(plan),
        human_size(plan.bytes),
        grouped(plan.objects),
        grouped(plan.parts),
        plan.is_import ? "ranges" : "parts"
    );
    text += fmt::format(
        "  {:<12}about {} PUT, POST, LIST and {} GET, HEAD: {}; stored {} a month, read from the "
        "internet {} ({})\n",
        "requests",
        grouped(plan.requests.puts),
        grouped(plan.requests.gets),
        money(price_of(plan.requests)),
        money(gigabytes(plan.bytes) * s3_prices::per_gb_month),
        money(gigabytes(plan.bytes) * s3_prices::per_gb_out),
        price_list
    );
    if (!plan.following.empty()) text += fmt::format("  {:<12}{}\n", "follow", plan.following);
    add_lines(text, "passed over", plan.passed_over);
    add_lines(text, "permissions", plan.permissions);
    add_lines(text, "lifecycle", plan.lifecycle);
    add_lines(text, "store", plan.abilities);
    add_lines(text, "missing", plan.gaps);
    add_lines(text, "WARNING", plan.warnings);
    if (plan.refused) text += fmt::format("  {:<12}{}\n", "REFUSED", describe(*plan.refused));
    return text;
}

std::string list_json(const std::vector<std::string>& lines) {
    json_array list;
    for (const std::string& each : lines)
        list.add(json_string(each));
    return list.done();
}

std::string target_json(const planned_target& plan) {
    json_array ranges;
    for (const planned_range& each : plan.ranges) {
        json_object range;
        range.text("first", to_string(each.first)).text("next", to_string(each.next));
        ranges.add(range.done());
    }
    json_object json;
    json.text("place", plan.place).text("endpoint", plan.endpoint).flag("new", plan.is_new);
    json.value("ranges", ranges.done());
    json.number("objects", plan.objects).number("parts", plan.parts);
    if (plan.events_unknown)
        json.null("events").text("begins", plan.begins);
    else
        json.number("events", plan.events);
    json.number("bytes", plan.bytes);
    json.flag("estimated", plan.estimated);
    json.number("puts", plan.requests.puts).number("gets", plan.requests.gets);
    json.real("request_dollars", price_of(plan.requests));
    json.real("storage_dollars_a_month", gigabytes(plan.bytes) * s3_prices::per_gb_month);
    json.real("internet_read_dollars", gigabytes(plan.bytes) * s3_prices::per_gb_out);
    json.text("prices", price_list);
    json.value("permissions", list_json(plan.permissions));
    json.value("lifecycle", list_json(plan.lifecycle)).value("store", list_json(plan.abilities));
    if (plan.events_unknown)
        json.value("passed_over", list_json(plan.passed_over)).text("follow", plan.following);
    json.value("missing", list_json(plan.gaps)).value("warnings", list_json(plan.warnings));
    if (plan.refused)
        json.text("refused", describe(*plan.refused));
    else
        json.null("refused");
    return json.done();
}

} // namespace

std::string plan_text(const std::vector<planned_target>& plans) {
    std::string text;
    for (const planned_target& each : plans)
        text += target_text(each);
    return text + "nothing was written or moved\n";
}

std::string plan_json(const std::vector<planned_target>& plans) {
    json_array targets;
    for (const planned_target& each : plans)
        targets.add(target_json(each));
    json_object json;
    json.value("targets", targets.done());
    return json.done() + "\n";
}

} // namespace sluice::command
