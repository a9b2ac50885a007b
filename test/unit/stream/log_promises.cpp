// The embedded log: what it promises beside the crashes: little is read to open it, strange bytes
// and files do no harm, relaxed is relaxed, an older copy shows.
#include "forwarding_files.hpp"
#include "log_fixture.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <stop_token>

using namespace sluice;
using namespace sluice::test;

namespace {

/// Counts what is read and synced.
class counting_files final : public forwarding_files {
  public:
    std::uint64_t bytes_read = 0;
    int syncs = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> begun; ///< syncs: from and up to
    bool pretends_to_sync = false;
    std::string network;
    std::function<void()> on_read; ///< before each

    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        auto real = log::real_files().open(name, mode);
        if (!real) return real.error();
        return std::unique_ptr<log::file>(std::make_unique<counted>(std::move(*real), *this));
    }
    result<std::string> network_of(const log::path&) override { return network; }
    result<void> sync_directory(const log::path& name) override {
        return pretends_to_sync ? result<void>() : forwarding_files::sync_directory(name);
    }

  private:
    class counted final : public forwarding_file {
      public:
        counted(std::unique_ptr<log::file> real, counting_files& of)
            : forwarding_file(std::move(real)), of_(of) {}
        result<std::size_t> read(std::uint64_t at, bytes_span into) override {
            if (of_.on_read) of_.on_read();
            auto done = forwarding_file::read(at, into);
            if (done) of_.bytes_read += *done;
            return done;
        }
        result<void> sync() override {
            ++of_.syncs;
            return of_.pretends_to_sync ? result<void>() : forwarding_file::sync();
        }
        void begin_sync(std::uint64_t at, std::uint64_t bytes) override {
            of_.begun.emplace_back(at, at + bytes);
            forwarding_file::begin_sync(at, bytes);
        }

      private:
        counting_files& of_;
    };
};

task<void> make_promised(log_store store, log_create_options options) {
    auto made = co_await store.create("s", options);
    made.value();
}

/// Opens, appends `count` events of `size` bytes in turn, closes; the end, or why not.
task<result<std::int64_t>>
add_promised(log_store store, int count, std::size_t size, std::uint64_t segment_bytes) {
    log_writer_options options;
    options.segment_bytes = segment_bytes;
    auto opened = co_await store.open_writer("s", options);
    if (!opened) co_return opened.error();
    for (int n = 0; n < count; ++n) {
        const auto built = small_events((*opened)->tail(0).end, 1, size);
        const auto steps = steps_of(built);
        auto done = co_await (*opened)->append(0, steps);
        if (!done) co_return done.error();
    }
    const std::int64_t end = (*opened)->tail(0).end.sequence;
    auto closed = co_await (*opened)->close();
    closed.value();
    co_return end;
}

std::vector<std::filesystem::path> segments_of(const log_fixture& at) {
    std::vector<std::filesystem::path> found;
    for (const auto& each : std::filesystem::directory_iterator(at.folder / "s" / "p=0"))
        if (each.path().extension() == ".log") found.push_back(each.path());
    std::sort(found.begin(), found.end());
    return found;
}

std::string content_of(const std::filesystem::path& name) {
    std::ifstream file(name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

void set_content(const std::filesystem::path& name, const std::string& content) {
    std::ofstream(name, std::ios::binary | std::ios::trunc) << content;
}

/// How many syncs two appends take that are made at once.
int syncs_of_two(
    log_fixture& at, counting_files& files, std::optional<std::chrono::microseconds> window
) {
    const auto on = at.context.get_executor();
    int syncs = 0;
    auto play = [&]() -> task<void> {
        log_store store(at.folder, on, on, files);
        log_writer_options writing;
        writing.group_window = window;
        auto to = (co_await store.open_writer("s", writing)).value();
        const int before = files.syncs;
        const auto add = [&](position first) -> task<void> {
            const auto built = small_events(first, 1, 100);
            const auto steps = steps_of(built);
            (co_await to->append(0, steps)).value();
        };
        const position first = to->tail(0).end;
        const position second{0, first.sequence + 1, 0};
        const std::function<task<void>(task_group&)> both = [&](task_group& group) -> task<void> {
            group.spawn([&] { return add(first); });
            group.spawn([&] { return add(second); });
            co_await group.join();
        };
        co_await with_task_group(on, both);
        syncs = files.syncs - before;
        (co_await to->close()).value();
    };
    at.run(play());
    return syncs;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_promises)

BOOST_AUTO_TEST_CASE(to_open_a_stream_only_its_last_segment_is_read) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    at.run(make_promised(store, log_create_options()));
    at.run(add_promised(store, 120, 10'000, 50'000)).value();
    const auto segments = segments_of(at);
    BOOST_TEST_REQUIRE(segments.size() > 20u);
    files.bytes_read = 0;
    at.run(add_promised(store, 0, 0, 50'000)).value();
    const auto last = std::filesystem::file_size(segments.back());
    // Its headers in steps of 64 KiB, its bodies; of the others header and footer.
    BOOST_TEST(files.bytes_read < 2 * last + 20'000 + segments.size() * 1000);
    BOOST_TEST(files.bytes_read < segments.size() * last / 3);
    BOOST_TEST(files.bytes_read >= last);
}

BOOST_AUTO_TEST_CASE(after_a_kill_a_stream_of_a_thousand_segments_opens_as_one_of_few) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    files.pretends_to_sync = true; // a thousand syncs take long, and are not what is counted
    at.run(make_promised(store, log_create_options()));
    auto killed = [&]() -> task<void> {
        log_writer_options writing;
        writing.segment_bytes = 4096;
        auto opened = (co_await store.open_writer("s", writing)).value();
        for (int n = 0; n < 2001; ++n) { // two to a segment
            const auto built = small_events(opened->tail(0).end, 1, 3500);
            const auto steps = steps_of(built);
            (co_await opened->append(0, steps)).value();
        }
    }; // it is not closed
    at.run(killed());
    const auto segments = segments_of(at);
    BOOST_TEST_REQUIRE(segments.size() >= 1000u);
    const auto last = std::filesystem::file_size(segments.back());
    files.bytes_read = 0;
    const auto began = std::chrono::steady_clock::now();
    BOOST_TEST(at.run(add_promised(store, 0, 0, 4096)).value() == 2001);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    BOOST_TEST_MESSAGE(
        files.bytes_read << " bytes read of " << segments.size() << " segments, " << took.count()
                         << " s"
    );
    // Of each but the last its header and its footer, a batch's header among them.
    BOOST_TEST(files.bytes_read < 2 * last + 20'000 + segments.size() * 1000);
    BOOST_TEST(files.bytes_read > last);
}

BOOST_AUTO_TEST_CASE(a_block_costs_a_reader_two_reads) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    files.pretends_to_sync = true;
    at.run(make_promised(store, log_create_options()));
    constexpr int blocks = 50;
    constexpr std::size_t size = 300'000; // each more than the grid's step: a block
    at.run(add_promised(store, blocks, size, std::uint64_t{1} << 30)).value();
    int reads = 0;
    std::uint64_t bodies = 0;
    auto looked_at = [&]() -> task<void> {
        auto opened = (co_await store.open_reader("s")).value();
        const position end = (co_await opened->bounds(0)).value().end;
        files.bytes_read = 0;
        files.on_read = [&reads] { ++reads; };
        std::vector<block_outline> all;
        for (position from; from < end; from = all.back().next)
            all.push_back((co_await opened->outline(from, end)).value());
        BOOST_TEST(all.size() == std::size_t(blocks));
        for (const block_outline& each : all) {
            byte_vector body(each.body_bytes);
            (co_await opened->read(each, body)).value();
            bodies += body.size();
        }
        files.on_read = nullptr;
    };
    at.run(looked_at());
    // The header of each when it is described, its body when it is fetched; the watermark, the
    // header of the segment and its beginning once.
    BOOST_TEST(reads <= 2 * blocks + 8);
    BOOST_TEST(files.bytes_read < bodies + blocks * 200 + 80'000);
    BOOST_TEST(files.bytes_read > bodies);
}

BOOST_AUTO_TEST_CASE(who_appends_within_the_group_window_shares_a_sync) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    at.run(make_promised(store, log_create_options()));
    at.run(add_promised(store, 1, 100, 1 << 20)).value();
    BOOST_TEST(syncs_of_two(at, files, longest_group_window) == 1);
    BOOST_TEST(syncs_of_two(at, files, std::nullopt) == 2);
}

BOOST_AUTO_TEST_CASE(a_group_window_belongs_to_the_stream_unless_a_writer_has_its_own) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    log_create_options options;
    options.group_window = longest_group_window;
    at.run(make_promised(store, options));
    at.run(add_promised(store, 1, 100, 1 << 20)).value();
    auto shown = [&]() -> task<std::chrono::microseconds> {
        (co_await store.reserve("s", "")).value(); // meta.json written anew
        co_return (co_await store.info("s")).value().group_window;
    };
    BOOST_TEST((at.run(shown()) == longest_group_window));
    BOOST_TEST(syncs_of_two(at, files, std::nullopt) == 1);
    BOOST_TEST(syncs_of_two(at, files, std::chrono::microseconds(0)) == 2);
    for (const std::int64_t wrong : {-1, 10'001}) {
        log_create_options impossible;
        impossible.group_window = std::chrono::microseconds(wrong);
        auto refused = [&]() -> task<bool> {
            const auto made = co_await store.create("other", impossible);
            co_return !made && made.error().code == errc::invalid_argument;
        };
        BOOST_TEST(at.run(refused()));
    }
}

BOOST_AUTO_TEST_CASE(a_verification_that_stops_anywhere_goes_on_where_it_stood) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    log_create_options two;
    two.partitions = 2;
    at.run(make_promised(store, two));
    at.run(add_promised(store, 30, 200, 2000)).value();
    const auto all_of = [&](const log_verification& how) {
        auto play = [&]() -> task<log_verdict> {
            co_return (co_await store.verify("s", how)).value();
        };
        return at.run(play());
    };
    int reads = 0;
    files.on_read = [&reads] { ++reads; };
    files.bytes_read = 0;
    const log_verdict whole = all_of(log_verification());
    BOOST_TEST_REQUIRE(whole.batches >= 30u);
    BOOST_TEST(!whole.stopped_at);
    const int needed = reads;
    const std::uint64_t read_by_whole = files.bytes_read;
    const auto in_two = [&](int most) {
        std::stop_source end;
        log_verification how;
        how.stop = end.get_token();
        reads = 0;
        files.on_read = [&reads, &end, most] {
            if (++reads > most) end.request_stop();
        };
        log_verdict first = all_of(how);
        files.on_read = nullptr;
        if (!first.stopped_at) return first;
        log_verification rest;
        rest.from = first.stopped_at;
        const std::uint64_t read_before = files.bytes_read;
        const log_verdict second = all_of(rest);
        BOOST_TEST(!second.stopped_at);
        if (first.bytes > whole.bytes / 2) // what was checked is not read again
            BOOST_TEST(files.bytes_read - read_before < 3 * read_by_whole / 4);
        first.batches += second.batches;
        first.bytes += second.bytes;
        first.problems.insert(first.problems.end(), second.problems.begin(), second.problems.end());
        return first;
    };
    int stopped = 0;
    for (int most = 0; most <= needed; ++most) {
        const log_verdict both = in_two(most);
        stopped += both.stopped_at ? 1 : 0;
        BOOST_TEST_REQUIRE(both.batches == whole.batches, "after " << most);
        BOOST_TEST_REQUIRE(both.bytes == whole.bytes);
        const std::string problem = both.problems.empty() ? "" : both.problems.front();
        BOOST_TEST_REQUIRE(both.problems.empty(), problem);
    }
    BOOST_TEST(stopped > 20);
    for (const position wrong : {position{0, 31, 0}, position{2, 0, 0}}) {
        auto refused = [&]() -> task<bool> {
            log_verification how;
            how.from = wrong;
            const auto verdict = co_await store.verify("s", how);
            co_return !verdict && (verdict.error().code == errc::invalid_argument ||
                                   verdict.error().code == stream_errc::out_of_range);
        };
        BOOST_TEST(at.run(refused()));
    }
    // Damage is told by one of the two.
    const auto segments = segments_of(at);
    const auto& damaged = segments[segments.size() / 2];
    std::string content = content_of(damaged);
    content[content.size() / 2] ^= 1;
    set_content(damaged, content);
    for (int most = 0; most <= needed; ++most)
        BOOST_TEST_REQUIRE(!in_two(most).problems.empty(), "after " << most);
}

BOOST_AUTO_TEST_CASE(a_group_window_has_its_bounds) {
    log_fixture at;
    at.run(make_promised(at.store(), log_create_options()));
    const auto opens = [&](std::chrono::microseconds window) {
        auto play = [&]() -> task<bool> {
            auto store = at.store();
            log_writer_options writing;
            writing.group_window = window;
            const auto to = co_await store.open_writer("s", writing);
            if (!to) BOOST_TEST((to.error().code == errc::invalid_argument));
            co_return to.has_value();
        };
        return at.run(play());
    };
    BOOST_TEST(opens(std::chrono::microseconds(0)));
    BOOST_TEST(opens(std::chrono::milliseconds(10)));
    BOOST_TEST(!opens(std::chrono::microseconds(10'001)));
    BOOST_TEST(!opens(std::chrono::microseconds(-1)));
}

BOOST_AUTO_TEST_CASE(files_that_are_derived_or_unfinished_mean_nothing) {
    log_fixture at;
    at.run(make_promised(at.store(), log_create_options()));
    at.run(add_promised(at.store(), 20, 200, 2000)).value();
    const auto folder = at.folder / "s";
    for (const auto& each : segments_of(at)) {
        auto index = each;
        index.replace_extension(".idx");
        set_content(index, std::string(100, 'i'));
    }
    set_content(folder / "p=0" / "segment.new", "half a header");
    set_content(folder / "meta.json.new", "{\"version\":9");
    set_content(folder / "cursors" / ".hidden", "no cursor");
    set_content(folder / "README", "notes");
    BOOST_TEST(at.run(add_promised(at.store(), 20, 200, 2000)).value() == 40);
    auto check = [&]() -> task<void> {
        auto store = at.store();
        BOOST_TEST((co_await store.verify("s")).value().problems.empty());
        BOOST_TEST((co_await store.cursors("s")).value().empty());
    };
    at.run(check());
}

BOOST_AUTO_TEST_CASE(whatever_bytes_a_segment_has_it_is_opened_or_refused) {
    std::mt19937 random(11);
    for (const char* codec : {"none", "zstd"}) {
        log_fixture at;
        log_create_options options;
        options.codec = codec;
        at.run(make_promised(at.store(), options));
        at.run(add_promised(at.store(), 12, 150, 1000)).value();
        const auto last = segments_of(at).back();
        const auto mark = at.folder / "s" / "p=0" / "watermark";
        const std::string whole = content_of(last), whole_mark = content_of(mark);
        int opened = 0, refused = 0;
        for (int round = 0; round < 400; ++round) {
            std::string bytes = whole;
            const int changes = static_cast<int>(random() % 4);
            for (int n = 0; n < changes; ++n)
                bytes[random() % bytes.size()] = static_cast<char>(random());
            if (random() % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
            if (random() % 3 == 0) bytes += std::string(random() % 3000, "\0\xff"[random() % 2]);
            set_content(last, bytes);
            if (random() % 2 == 0) set_content(mark, "lost");
            const auto end = at.run(add_promised(at.store(), 1, 100, 1 << 20));
            if (end) ++opened;
            if (!end) {
                ++refused;
                const bool says_so = end.error().code == stream_errc::damaged ||
                                     end.error().code == errc::unsupported_version;
                BOOST_TEST_REQUIRE(says_so, end.error().where);
                BOOST_TEST_REQUIRE(content_of(last) == bytes); // nothing was changed
            }
            set_content(last, whole);
            set_content(mark, whole_mark);
        }
        BOOST_TEST(opened > 20);
        BOOST_TEST(refused > 20);
    }
}

/// So that a full segment need not wait for all of it when it is sealed.
BOOST_AUTO_TEST_CASE(what_a_relaxed_stream_has_written_starts_for_the_disk_early) {
    constexpr std::uint64_t mib = 1 << 20;
    for (const bool relaxed : {true, false}) {
        log_fixture at;
        counting_files files;
        log_create_options options;
        options.relaxed = relaxed;
        const auto on = at.context.get_executor();
        at.run(make_promised(log_store(at.folder, on, on, files), options));
        log_store store(at.folder, on, on, files);
        at.run(add_promised(store, 100, mib, 64 * mib)).value();
        if (!relaxed) {
            BOOST_TEST(files.begun.empty());
            continue;
        }
        BOOST_REQUIRE(files.begun.size() >= 5u); // of two segments
        std::uint64_t all = 0;
        for (std::size_t n = 0; n < files.begun.size(); ++n) {
            const auto [from, to] = files.begun[n];
            BOOST_TEST(to - from < 18 * mib);
            const bool goes_on = n > 0 && from == files.begun[n - 1].second;
            BOOST_TEST((goes_on || from < mib)); // or begins a segment
            all += to - from;
        }
        BOOST_TEST(all >= 66 * mib); // of each segment all but the last 17 MiB at most
    }
}

BOOST_AUTO_TEST_CASE(a_relaxed_stream_waits_for_no_disk_and_cuts_what_a_power_failure_took) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    log_create_options options;
    options.relaxed = true;
    at.run(make_promised(store, options));
    at.run(add_promised(store, 1, 200, 1 << 20)).value();
    const int before = files.syncs;
    at.run(add_promised(store, 0, 200, 1 << 20)).value();
    const int opening = files.syncs - before;
    at.run(add_promised(store, 50, 200, 1 << 20)).value();
    BOOST_TEST(files.syncs == before + 2 * opening);
    auto info = [&]() -> task<bool> {
        co_return (co_await store.info("s")).value().description.durable_acknowledge;
    };
    BOOST_TEST(!at.run(info()));
    const auto last = segments_of(at).back();
    std::string bytes = content_of(last);
    std::fill_n(bytes.begin() + 5000, 300, '\0'); // below the watermark
    set_content(last, bytes);
    auto reopen = [&]() -> task<void> {
        auto to = (co_await store.open_writer("s", log_writer_options())).value();
        BOOST_TEST(to->tail(0).torn_bytes_cut > 0u);
        BOOST_TEST(to->tail(0).end.sequence > 5);
        BOOST_TEST(to->tail(0).end.sequence < 51);
        (co_await to->close()).value();
        BOOST_TEST((co_await store.verify("s")).value().problems.empty());
    };
    at.run(reopen());
}

BOOST_AUTO_TEST_CASE(a_stream_restored_from_an_older_copy_tells_other_fingerprints) {
    log_fixture at;
    at.run(make_promised(at.store(), log_create_options()));
    at.run(add_promised(at.store(), 5, 100, 1 << 20)).value();
    const auto copy = at.folder / "copy", live = at.folder / "s";
    std::filesystem::copy(live, copy, std::filesystem::copy_options::recursive);
    at.run(add_promised(at.store(), 5, 100, 1 << 20)).value();
    auto print = [&](std::int64_t sequence) -> task<std::uint64_t> {
        auto store = at.store();
        auto in = co_await store.open_reader("s");
        auto told = co_await (*in)->fingerprint(position{0, sequence, 0});
        co_return told.value();
    };
    const std::uint64_t common = at.run(print(5)), exported = at.run(print(8));
    std::filesystem::remove_all(live);
    std::filesystem::rename(copy, live);
    at.run(add_promised(at.store(), 5, 101, 1 << 20)).value(); // the same sequences, other events
    BOOST_TEST(at.run(print(5)) == common);
    BOOST_TEST(at.run(print(8)) != exported);
}

BOOST_AUTO_TEST_CASE(network_file_systems_are_refused_unless_they_are_asked_for) {
    log_fixture at;
    counting_files files;
    files.network = "NFS";
    const auto on = at.context.get_executor();
    log_store store(at.folder / "streams", on, on, files);
    auto play = [&]() -> task<void> {
        log_create_options options;
        const auto refused = co_await store.create("s", options);
        BOOST_TEST((refused.error().code == errc::invalid_argument));
        BOOST_TEST(refused.error().where.find("lies on NFS") != std::string::npos);
        BOOST_TEST((co_await store.list()).value().empty());
        options.on_network_disk = true;
        BOOST_TEST((co_await store.create("s", options)).has_value());
        log_writer_options writing;
        BOOST_TEST((co_await store.open_writer("s", writing)).has_value());
        (co_await store.reserve("s", "")).value(); // meta.json written anew
        BOOST_TEST((co_await store.open_writer("s", writing)).has_value());
    };
    at.run(play());
    BOOST_TEST(log::real_files().network_of(at.folder).value().empty());
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_moved_to_a_network_file_system_is_not_written_there) {
    log_fixture at;
    counting_files files;
    const auto on = at.context.get_executor();
    log_store store(at.folder, on, on, files);
    at.run(make_promised(store, log_create_options()));
    at.run(add_promised(store, 1, 10, 1 << 20)).value();
    files.network = "NFS";
    const auto refused = at.run(add_promised(store, 1, 10, 1 << 20));
    BOOST_TEST_REQUIRE((refused.error().code == errc::invalid_argument));
    BOOST_TEST(refused.error().where.find("lies on NFS") != std::string::npos);
    // The way out that it tells.
    const auto about = at.folder / "s" / "meta.json";
    BOOST_TEST(refused.error().where.find(about.string()) != std::string::npos);
    std::string text = content_of(about);
    text.replace(text.rfind('}'), 1, ",\"on_network_disk\":true}");
    set_content(about, text);
    BOOST_TEST(at.run(add_promised(store, 1, 10, 1 << 20)).value() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
