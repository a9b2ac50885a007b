// tools: what `sluice bench mixed` tells.
#include "../core/json_text.hpp"
#include "bench_mixed.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::command {

namespace {

constexpr double mib = 1 << 20;

double rate_of(const mixed_transfer& what) {
    return what.seconds > 0 ? static_cast<double>(what.bytes) / what.seconds : 0;
}

} // namespace

const char* word_of(mixed_fate fate) {
    switch (fate) {
    case mixed_fate::throttled:
        return "throttled";
    case mixed_fate::paused:
        return "paused and resumed";
    case mixed_fate::cancelled:
        return "cancelled";
    default:
        return "left alone";
    }
}

bool mixed_transfer::ended_as_it_should() const {
    if (fate == mixed_fate::cancelled) return outcome == "cancelled";
    return outcome == "completed" && (pauses > 0) == (fate == mixed_fate::paused);
}

std::uint64_t mixed_report::bytes() const {
    std::uint64_t all = 0;
    for (const mixed_transfer& each : transfers)
        all += each.bytes;
    return all;
}

double mixed_report::cpu_per_gib() const {
    const double gib = static_cast<double>(bytes()) / (1 << 30);
    return gib > 0 ? (cpu_user + cpu_system) / gib : 0;
}

/// All ended as they should, and whoever completed has moved every event once.
bool mixed_report::whole() const {
    return std::ranges::all_of(transfers, [this](const mixed_transfer& each) {
        const bool cut = each.fate == mixed_fate::cancelled;
        return each.ended_as_it_should() && (cut || each.events == events_each);
    });
}

std::string mixed_report::text() const {
    std::string lines = fmt::format(
        "mixed: {} transfers of {} events each, {:.1f} s\n{:<12} {:<20} {:<11} {:>10} {:>12} "
        "{:>11} {:>7}\n",
        transfers.size(),
        events_each,
        seconds,
        "",
        "",
        "",
        "events",
        "MiB",
        "MiB/s",
        "share"
    );
    const double all = std::max(1.0, static_cast<double>(bytes()));
    for (const mixed_transfer& each : transfers)
        lines += fmt::format(
            "{:<12} {:<20} {:<11} {:>10} {:>12.1f} {:>11.1f} {:>5.1f} %\n",
            each.name,
            word_of(each.fate),
            each.outcome,
            each.events,
            static_cast<double>(each.bytes) / mib,
            rate_of(each) / mib,
            100 * static_cast<double>(each.bytes) / all
        );
    lines += fmt::format(
        "  CPU per GiB moved     {:>8.3f} s\n  peak memory           {:>8.1f} MiB, of which {:.1f} "
        "may be buffers\n",
        cpu_per_gib(),
        static_cast<double>(peak_memory) / mib,
        static_cast<double>(memory_budget) / mib
    );
    return lines + shares.text();
}

std::string mixed_report::json() const {
    json_array rows;
    for (const mixed_transfer& each : transfers) {
        json_object row;
        row.text("name", each.name).text("kind", each.is_import ? "import" : "export");
        row.text("fate", word_of(each.fate)).text("outcome", each.outcome);
        row.number("pauses", each.pauses).number("events", each.events).number("bytes", each.bytes);
        row.real("seconds", each.seconds).real("bytes_per_second", rate_of(each));
        rows.add(row.done());
    }
    json_object all;
    all.text("bench", "mixed").number("events_each", events_each).number("bytes", bytes());
    all.real("seconds", seconds).real("cpu_user", cpu_user).real("cpu_system", cpu_system);
    all.real("cpu_seconds_per_gib", cpu_per_gib()).number("memory_budget", memory_budget);
    all.number("peak_memory", peak_memory);
    all.value("transfers", rows.done()).value("shares", shares.json());
    return all.done();
}

} // namespace sluice::command
