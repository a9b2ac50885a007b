// engine: whether a command means the transfer that the journal knows by its name.
#include "same_work.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

bool same_stream(const std::string& one, const std::string& two, const std::string& data_dir) {
    auto first = parse_stream_address(one), second = parse_stream_address(two);
    if (!first || !second) return one == two;
    if (first->directory.empty()) first->directory = data_dir;
    if (second->directory.empty()) second->directory = data_dir;
    return to_string(*first) == to_string(*second);
}

/// An exported stream is named by its folder or the folder's parent.
bool same_prefix(const std::string& one, const std::string& two) {
    return one == two || one.starts_with(two + "/") || two.starts_with(one + "/");
}

/// Nobody has opened a destination yet whose endpoint is empty.
bool same_endpoint(const destination_row& one, const destination_row& two) {
    return one.endpoint == two.endpoint || one.endpoint.empty() || two.endpoint.empty();
}

template <class Same>
bool any_common(const named_work& known, const named_work& asked, Same same) {
    return std::any_of(
        known.destinations.begin(),
        known.destinations.end(),
        [&asked, same](const destination_row& one) {
            return std::any_of(
                asked.destinations.begin(),
                asked.destinations.end(),
                [&one, same](const destination_row& two) { return same(one, two); }
            );
        }
    );
}

bool same_target(const destination_row& one, const destination_row& two) {
    return one.target == two.target;
}

/// Of an import the rows are the place it comes from.
std::string places_of(const named_work& work) {
    if (work.row.kind != "export") return work.row.targets;
    std::string all;
    for (const destination_row& each : work.destinations) {
        if (each.desired == "removed") continue;
        all += (all.empty() ? "" : ", ") + each.target;
        if (!each.endpoint.empty()) all += " at " + each.endpoint;
    }
    return all.empty() ? work.row.targets : all;
}

std::string described(const named_work& work) {
    return work.row.kind + " of " + work.row.source + " to " + places_of(work);
}

failure other_work(const named_work& known, const named_work& asked, const std::string& way_out) {
    failure why;
    why.code = engine_errc::usage;
    why.where = "transfer " + known.row.name + " is the " + described(known) +
                ", and this would be the " + described(asked) + ": " + way_out;
    return why;
}

} // namespace

result<void>
check_same_work(const named_work& known, const named_work& asked, const std::string& data_dir) {
    const std::string another =
        "give another --name, or forget that one with `sluice transfer delete " + known.row.name +
        "`";
    if (known.row.kind != asked.row.kind) return other_work(known, asked, another);
    if (known.row.kind != "export") {
        const bool same = same_prefix(known.row.source, asked.row.source) &&
                          same_stream(known.row.targets, asked.row.targets, data_dir);
        return same ? result<void>() : other_work(known, asked, another);
    }
    if (!same_stream(known.row.source, asked.row.source, data_dir))
        return other_work(known, asked, another);
    // What failed before its destinations were written down stands for no place yet.
    if (known.destinations.empty()) return result<void>();
    const auto same = [](const destination_row& one, const destination_row& two) {
        return same_target(one, two) && same_endpoint(one, two);
    };
    if (any_common(known, asked, same)) return result<void>();
    if (any_common(known, asked, same_target))
        return other_work(
            known,
            asked,
            "name the endpoint it was begun with (--endpoint-url or AWS_ENDPOINT_URL_S3), or " +
                another
        );
    return other_work(known, asked, another);
}

} // namespace sluice
