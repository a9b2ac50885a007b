// engine: the destinations with which an export begins.
#include "destination_setting.hpp"

#include "../core/transfer_names.hpp"

#include <sluice/engine/destinations.hpp>
#include <sluice/engine/error.hpp>

#include <algorithm>
#include <optional>

namespace sluice {

namespace {

/// The row of an opened destination: by what it is, else by the words of an address that nobody has
/// opened yet.
std::optional<std::size_t> row_of(
    const std::vector<destination_row>& rows,
    const export_target& target,
    const std::string& address
) {
    std::optional<std::size_t> found;
    for (std::size_t n = 0; n < rows.size(); ++n) {
        const bool same = rows[n].target == target.address && rows[n].endpoint == target.endpoint;
        if (same && (!found || rows[n].desired != "removed")) found = n;
    }
    if (found) return found;
    const auto by_words = same_words(rows, address);
    return by_words && rows[*by_words].endpoint.empty() ? by_words : std::nullopt;
}

failure none_left(const std::string& transfer) {
    failure why;
    why.code = engine_errc::usage;
    why.where = "all destinations of " + transfer +
                " were removed; `sluice transfer add-destination` takes one in again";
    return why;
}

} // namespace

const destination_setting::one* destination_setting::twin_of(const export_target& target) const {
    for (const one& each : all_)
        if (same_place(*each.target, target)) return &each;
    return nullptr;
}

result<void> destination_setting::take(const std::string& address, const std::string& url) {
    auto target = open_(address, url);
    if (!target) return target.error();
    if (const one* twin = twin_of(**target)) return given_twice(*twin->target, **target);
    all_.push_back(one{std::move(*target), address});
    return result<void>();
}

result<void>
destination_setting::settle_one(one& of, state_store& journal, const std::string& transfer) {
    const auto at = row_of(known_, *of.target, of.address);
    if (at) {
        of.row = known_[*at];
        known_.erase(known_.begin() + static_cast<std::ptrdiff_t>(*at));
    }
    of.row.target = of.target->address;
    of.row.endpoint = of.target->endpoint;
    of.row.url = of.target->opened.url;
    of.row.address = of.address;
    const bool over = of.row.desired == "removed" && of.row.observed == "removed";
    of.left_out = over;
    if (over) {
        notes_.push_back(
            of.target->address + " was removed from transfer " + transfer +
            " and is left out; `sluice transfer add-destination` takes it in again"
        );
        return result<void>();
    }
    auto put = journal.put_destination(transfer, of.row);
    if (!put) return put.error();
    of.row.id = *put;
    return result<void>();
}

/// What the journal knows and the command does not name.
result<void> destination_setting::take_added(const destination_row& row) {
    if (row.desired == "removed" && row.observed == "removed") return result<void>();
    auto target = open_(row.address, row.url);
    if (!target) {
        failure why = target.error();
        why.where += " (added to this transfer; `sluice transfer remove-destination` takes it out)";
        return why;
    }
    if (const one* twin = twin_of(**target)) {
        notes_.push_back(describe(given_twice(*twin->target, **target)));
        return result<void>();
    }
    one more{std::move(*target), row.address, row};
    more.row.endpoint = more.target->endpoint;
    more.row.url = more.target->opened.url;
    all_.push_back(std::move(more));
    return result<void>();
}

result<void> destination_setting::settle(state_store& journal, const std::string& transfer) {
    auto rows = journal.destinations(transfer);
    if (!rows) return rows.error();
    known_ = std::move(*rows);
    for (one& each : all_) {
        auto settled = settle_one(each, journal, transfer);
        if (!settled) return settled;
    }
    for (const destination_row& row : known_) {
        // The command no longer names it: it is another one's business, or nobody's.
        const bool stale = !row.added && row.desired != "removed";
        // Nobody has ever opened it: nothing is to be given back.
        const bool unborn = row.desired == "removed" && row.endpoint.empty();
        auto done = stale || unborn ? journal.forget_destination(row.id) : take_added(row);
        if (!done) return done;
    }
    std::erase_if(all_, [](const one& each) { return each.left_out; });
    if (all_.empty()) return none_left(transfer);
    return result<void>();
}

named_work
destination_setting::work_of(const export_spec& spec, const std::string& incarnation) const {
    named_work work;
    std::vector<std::string> identity{spec.from, incarnation};
    for (const one& each : all_) {
        destination_row row;
        row.target = each.target->address;
        row.endpoint = each.target->endpoint;
        row.address = each.address;
        identity.push_back(row.endpoint + " " + row.target);
        work.destinations.push_back(std::move(row));
    }
    work.row.name = row_name(spec, derived_name("export", identity));
    work.row.kind = "export";
    work.row.source = spec.from;
    return work;
}

std::vector<std::string> destination_setting::addresses() const {
    std::vector<std::string> names;
    for (const one& each : all_)
        names.push_back(each.target->address);
    return names;
}

std::vector<std::pair<std::unique_ptr<export_target>, destination_row>>
destination_setting::take_all() {
    std::vector<std::pair<std::unique_ptr<export_target>, destination_row>> all;
    for (one& each : all_)
        all.emplace_back(std::move(each.target), std::move(each.row));
    return all;
}

} // namespace sluice
