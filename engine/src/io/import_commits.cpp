// engine: the commits of a partition as an import sees them: read once, and again as more come.
#include "import_commits.hpp"

#include "../core/fetch_plan.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace sluice {

namespace {

/// So many looks in vain, and the listing is asked whether a commit is missing.
constexpr unsigned looks_per_listing = 30;

const std::function<void(const commit&)> nobody;

/// The lane is seen to wait as long as this lives.
struct seen_waiting {
    explicit seen_waiting(import_source& of) : source(of) { ++source.lanes_waiting; }
    ~seen_waiting() { --source.lanes_waiting; }
    seen_waiting(const seen_waiting&) = delete;
    seen_waiting& operator=(const seen_waiting&) = delete;
    import_source& source;
};

failure taken_by_other(const export_folder& was, const export_folder& now) {
    failure why;
    why.code = engine_errc::other_incarnation;
    why.where = "s3://" + was.bucket + "/" + was.folder + ": is the export of incarnation " +
                now.document.incarnation + " now, of " + was.document.incarnation +
                " when the import began; import it into another stream";
    return why;
}

} // namespace

position import_commits::end() const {
    return gap_end(survey_.end());
}

task<result<void>> import_commits::learn() {
    import_source& from = lane_.source;
    auto read_on = [this, &from] {
        return read_history(from.store, from.where, cursor_, survey_, nobody, deadline::never());
    };
    auto read = co_await persistently(lane_.run, from.patient, from.seen.last_error, read_on);
    if (!read || survey_.commits() > 0) co_return read;
    auto check = [this, &from] {
        return check_not_bereft(from.store, from.where, lane_.partition, deadline::never());
    };
    auto checked = co_await persistently(lane_.run, from.patient, from.seen.last_error, check);
    co_return checked;
}

/// All lanes share one look.
task<result<void>> import_commits::check_source() {
    import_source& from = lane_.source;
    const auto now = std::chrono::steady_clock::now();
    if (now < from.checked + lane_.poll) co_return result<void>();
    from.checked = now;
    auto find = [&from] {
        return find_folder(from.store, from.where.bucket, from.where.folder, deadline::never());
    };
    auto found = co_await persistently(lane_.run, from.patient, from.seen.last_error, find);
    if (!found) co_return found.error();
    if (found->document.incarnation != from.where.document.incarnation)
        co_return taken_by_other(from.where, *found);
    co_return result<void>();
}

task<result<void>> import_commits::look_again() {
    import_source& from = lane_.source;
    auto same = co_await check_source();
    if (!same) co_return same;
    auto read_on = [this] { return read_to_end(cursor_, survey_, nobody, deadline::never()); };
    auto read = co_await persistently(lane_.run, from.patient, from.seen.last_error, read_on);
    if (read) from.seen.last_error.clear();
    co_return read;
}

task<result<void>> import_commits::wait_for_more() {
    const seen_waiting told(lane_.source);
    const std::uint64_t known = survey_.commits();
    for (unsigned looks = 1; survey_.commits() == known; ++looks) {
        co_await lane_.run.control.nap(lane_.poll);
        if (lane_.run.control.ending()) {
            failure paused;
            paused.code = engine_errc::paused;
            co_return paused;
        }
        auto looked = co_await look_again();
        if (!looked) co_return looked;
        if (survey_.commits() != known || looks % looks_per_listing != 0) continue;
        import_source& from = lane_.source;
        auto list = [this, &from, known] {
            return listing_shows_more(
                from.store, from.where, lane_.partition, known, shown_, deadline::never()
            );
        };
        auto more = co_await persistently(lane_.run, from.patient, from.seen.last_error, list);
        if (!more) co_return more.error();
    }
    co_return result<void>();
}

} // namespace sluice
