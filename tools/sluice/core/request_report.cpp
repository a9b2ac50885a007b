// tools: what a benchmark of requests tells: to people, and to programs.
#include "request_report.hpp"

#include "json_text.hpp"
#include "progress_line.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

namespace sluice::command {

namespace {

constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;

double milliseconds(std::chrono::nanoseconds span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

std::string time_text(std::chrono::nanoseconds span) {
    const double ms = milliseconds(span);
    return ms < 10 ? fmt::format("{:.3f} ms", ms) : fmt::format("{:.1f} ms", ms);
}

std::string rate_text(double bytes_per_second) {
    return human_size(static_cast<std::uint64_t>(bytes_per_second)) + "/s";
}

constexpr std::array<std::pair<const char*, double>, 5> told = {
    {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}, {"slowest", 100}}};

std::string times_text(const request_times& times) {
    std::string text = "average " + time_text(times.average());
    for (const auto& [name, percent] : told)
        text += fmt::format(", {} {}", name, time_text(times.percentile(percent)));
    return text;
}

std::string times_json(const request_times& times) {
    json_object json;
    json.real("average", milliseconds(times.average()))
        .real("fastest", milliseconds(times.least()));
    for (const auto& [name, percent] : told)
        json.real(name, milliseconds(times.percentile(percent)));
    return json.done();
}

/// Per GiB of bodies; nothing where there were none.
double per_gib(double what, std::uint64_t bytes) {
    return bytes == 0 ? 0 : what / (static_cast<double>(bytes) / gibibyte);
}

double per_request(double what, std::uint64_t requests) {
    return requests == 0 ? 0 : what / static_cast<double>(requests);
}

std::string segment_text(const load_segment& one) {
    if (one.bytes <= 0) return fmt::format("{:.0f} requests/s", one.requests_per_second());
    return fmt::format(
        "{} ({:.0f} requests/s)", rate_text(one.bytes_per_second()), one.requests_per_second()
    );
}

std::string segment_json(const load_segment& one) {
    json_object json;
    json.real("seconds", one.seconds)
        .real("bytes_per_second", one.bytes_per_second())
        .real("requests_per_second", one.requests_per_second());
    return json.done();
}

std::string settings_json(const request_settings& settings) {
    json_object json;
    json.text("operation", settings.operation).text("endpoint", settings.endpoint);
    json.flag("tls", settings.tls).number("connections", settings.connections);
    json.number("objects", settings.objects).number("object_bytes", settings.object_bytes);
    json.number("request_bytes", settings.request_bytes).text("checksum", settings.checksum);
    return json.done();
}

std::string machine_json(const machine_facts& machine) {
    json_object json;
    json.text("processor", machine.processor).number("cores", machine.cores);
    json.number("memory", machine.memory).text("system", machine.system);
    json.real("load", machine.load);
    return json.done();
}

std::string segments_json(const std::vector<load_segment>& segments) {
    json_array all;
    for (const load_segment& each : segments)
        all.add(segment_json(each));
    const segment_spread spread = spread_of(segments);
    json_object json;
    json.value("fastest", segment_json(spread.fastest));
    json.value("median", segment_json(spread.median));
    json.value("slowest", segment_json(spread.slowest));
    json.value("all", all.done());
    return json.done();
}

} // namespace

std::string report_text(const request_report& report) {
    const request_settings& settings = report.settings;
    const request_cost& cost = report.cost;
    const double cpu = cost.user + cost.system;
    const segment_spread spread = spread_of(segments_of(report.samples));
    std::string text;
    const auto add = [&text](const char* form, auto&&... values) {
        fmt::format_to(std::back_inserter(text), fmt::runtime(form), values...);
    };
    add("{}: {} of {}, {} connections, {}{}\n",
        settings.what,
        settings.operation,
        human_size(settings.request_bytes),
        settings.connections,
        settings.tls ? "TLS, " : "",
        settings.checksum);
    add("  throughput    {}, {:.0f} requests/s: {} in {:.3f} s{}\n",
        rate_text(static_cast<double>(report.bytes) / cost.wall),
        static_cast<double>(report.requests) / cost.wall,
        human_size(report.bytes),
        cost.wall,
        report.settled ? ", settled" : "");
    add("  segments      fastest {}\n", segment_text(spread.fastest));
    add("                median  {}\n", segment_text(spread.median));
    add("                slowest {}\n", segment_text(spread.slowest));
    add("  requests      {}; {} sent, {} ended\n",
        times_text(report.times),
        grouped(report.sent_requests),
        grouped(report.requests));
    add("  first byte    {}\n", times_text(report.first_bytes));
    add("  CPU           {:.3f} s per GiB ({:.3f} user + {:.3f} system), {:.1f} µs per request\n",
        per_gib(cpu, report.bytes),
        per_gib(cost.user, report.bytes),
        per_gib(cost.system, report.bytes),
        per_request(cpu, report.requests) * 1e6);
    add("  per GiB       {:.0f} requests, {:.0f} context switches",
        per_gib(static_cast<double>(report.sent_requests), report.bytes),
        per_gib(static_cast<double>(cost.context_switches), report.bytes));
    if (cost.system_calls)
        add(", {:.0f} system calls ({:.1f} per request)",
            per_gib(static_cast<double>(*cost.system_calls), report.bytes),
            per_request(static_cast<double>(*cost.system_calls), report.requests));
    else if (cost.traced_calls_per_gib)
        add(", {:.0f} system calls (by strace, afterwards)", *cost.traced_calls_per_gib);
    if (!cost.why_not_counted.empty())
        add("\n  system calls  not counted: {}", cost.why_not_counted);
    add("\n  peak memory   {}\n", human_size(cost.peak_memory));
    add("  retries       {}, of them {} after SlowDown; {} connections opened\n",
        grouped(report.retries),
        grouped(report.throttled),
        grouped(report.connections_opened));
    add("  machine       {}, {} cores, {}, {}, load {:.2f}\n",
        report.machine.processor,
        report.machine.cores,
        human_size(report.machine.memory),
        report.machine.system,
        report.machine.load);
    return text;
}

std::string report_json(const request_report& report) {
    const request_cost& cost = report.cost;
    const double cpu = cost.user + cost.system;
    json_object json;
    json.text("bench", report.settings.what);
    json.value("settings", settings_json(report.settings));
    json.value("machine", machine_json(report.machine));
    json.number("bytes", report.bytes).number("requests", report.requests);
    json.number("sent_requests", report.sent_requests);
    json.real("seconds", cost.wall).flag("settled", report.settled);
    json.real("bytes_per_second", static_cast<double>(report.bytes) / cost.wall);
    json.real("requests_per_second", static_cast<double>(report.requests) / cost.wall);
    json.value("segments", segments_json(segments_of(report.samples)));
    json.value("request_ms", times_json(report.times));
    json.value("first_byte_ms", times_json(report.first_bytes));
    json.real("cpu_user", cost.user).real("cpu_system", cost.system);
    json.real("cpu_seconds_per_gib", per_gib(cpu, report.bytes));
    json.real("cpu_microseconds_per_request", per_request(cpu, report.requests) * 1e6);
    json.number("peak_memory", cost.peak_memory).number("context_switches", cost.context_switches);
    const auto sent = static_cast<double>(report.sent_requests);
    json.real("requests_per_gib", per_gib(sent, report.bytes));
    if (cost.system_calls) {
        const auto calls = static_cast<double>(*cost.system_calls);
        json.number("system_calls", *cost.system_calls);
        json.real("system_calls_per_gib", per_gib(calls, report.bytes));
        json.text("system_calls_counted_by", "kernel");
    } else if (cost.traced_calls_per_gib) {
        json.null("system_calls").real("system_calls_per_gib", *cost.traced_calls_per_gib);
        json.text("system_calls_counted_by", "strace");
    } else {
        json.null("system_calls").null("system_calls_per_gib");
        json.text("system_calls_not_counted", cost.why_not_counted);
    }
    json.number("retries", report.retries).number("throttled", report.throttled);
    json.number("connections_opened", report.connections_opened);
    return json.done();
}

std::string raw_heading() {
    return "worker,begin_us,first_byte_us,end_us,bytes\n";
}

void append_raw(std::string& to, const raw_request& one) {
    const auto micros = [](std::chrono::nanoseconds at) {
        return std::chrono::duration<double, std::micro>(at).count();
    };
    fmt::format_to(
        std::back_inserter(to),
        "{},{:.1f},{:.1f},{:.1f},{}\n",
        one.worker,
        micros(one.begun),
        micros(one.first_byte),
        micros(one.ended),
        one.bytes
    );
}

} // namespace sluice::command
