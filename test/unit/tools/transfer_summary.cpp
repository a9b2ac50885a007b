// test: how a transfer's end is told.
#include "core/summary.hpp"
#include "core/transfer_text.hpp"
#include "core/way_out.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::command;

namespace {

bool tells(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

ending one_target() {
    ending end;
    end.final.name = "nightly";
    end.final.kind = "export";
    target_progress target;
    target.target = "s3://b/p";
    target.bytes = 2 << 20;
    target.events = 2000;
    target.objects = 1;
    end.final.targets.push_back(target);
    end.seconds = 2;
    end.command = "sluice export --from o --to s3://b/p";
    return end;
}

failure failed_with(boost::system::error_code code, std::string where) {
    failure why;
    why.code = code;
    why.where = std::move(where);
    return why;
}

} // namespace

BOOST_AUTO_TEST_SUITE(transfer_summary)

BOOST_AUTO_TEST_CASE(a_finished_transfer_tells_what_it_moved) {
    const std::string text = summary_text(one_target());
    BOOST_TEST(tells(text, "export nightly completed after 2.0 s"));
    BOOST_TEST(tells(text, "s3://b/p: 2.0 MiB, 2,000 events, 1 objects, 1.0 MiB/s"));
    BOOST_TEST(!tells(text, "continue with"));
}

BOOST_AUTO_TEST_CASE(a_destination_has_the_rate_of_the_time_that_it_took) {
    ending end = one_target();
    end.final.targets.push_back(end.final.targets.front());
    end.final.targets.back().target = "s3://b/q";
    end.final.targets.back().worked = std::chrono::milliseconds(500);
    const std::string text = summary_text(end);
    BOOST_TEST(tells(text, "s3://b/p: 2.0 MiB, 2,000 events, 1 objects, 1.0 MiB/s"));
    BOOST_TEST(tells(text, "s3://b/q: 2.0 MiB, 2,000 events, 1 objects, 4.0 MiB/s"));
}

BOOST_AUTO_TEST_CASE(where_no_destination_is_left_nothing_is_to_be_continued) {
    ending end = one_target();
    end.outcome = failed_with(engine_errc::paused, "");
    end.exit_status = 10;
    end.final.targets.push_back(end.final.targets.front());
    end.final.targets.front().state = "completed";
    end.final.targets.back().state = "removed";
    BOOST_TEST(!tells(summary_text(end), "continue with"));
    end.final.targets.front().state = end.final.targets.front().desired = "stopped";
    BOOST_TEST(!tells(summary_text(end), "continue with"));
    BOOST_TEST(tells(summary_text(end), "resume with: sluice transfer resume nightly --to s3://b/p")
    );
    end.final.targets.front().desired = "running";
    BOOST_TEST(tells(summary_text(end), "continue with"));
}

BOOST_AUTO_TEST_CASE(nothing_new_is_said_in_words) {
    ending end = one_target();
    end.final.targets[0].bytes = end.final.targets[0].events = 0;
    BOOST_TEST(tells(summary_text(end), "nothing new"));
    end.final.kind = "repair"; // what it has done otherwise stands above
    BOOST_TEST(!tells(summary_text(end), "nothing new"));
    BOOST_TEST(tells(summary_text(end), "s3://b/p: no object had to be exported again"));
}

BOOST_AUTO_TEST_CASE(a_guarantee_is_told_where_it_is_less_than_usual) {
    ending end = one_target();
    for (const char* usual : {"", "exactly-once"}) {
        end.final.targets[0].guarantee = usual;
        BOOST_TEST(!tells(summary_text(end), "guarantee"));
    }
    end.final.targets[0].guarantee = "exactly-once until noon";
    BOOST_TEST(tells(summary_text(end), "  guarantee: exactly-once until noon\n"));
}

BOOST_AUTO_TEST_CASE(what_has_finished_with_a_gap_has_not_failed) {
    ending end = one_target();
    end.outcome = failed_with(engine_errc::gap, "one is missing");
    end.final.state = end.final.targets[0].state = "completed";
    end.final.targets[0].last_error = "one is missing: gap";
    const std::string text = summary_text(end);
    BOOST_TEST(tells(text, "export nightly completed after"));
    BOOST_TEST(!tells(text, "failed"));
    BOOST_TEST(!tells(text, "one is missing"));
    end.final.targets[0].bytes = end.final.targets[0].events = 0;
    BOOST_TEST(tells(summary_text(end), "nothing new; something is missing for good"));
}

BOOST_AUTO_TEST_CASE(a_paused_transfer_prints_the_line_that_continues_it) {
    ending end = one_target();
    end.outcome = failed_with(engine_errc::paused, "");
    const std::string text = summary_text(end);
    BOOST_TEST(tells(text, "export nightly paused"));
    BOOST_TEST(tells(text, "continue with: sluice export --from o --to s3://b/p\n"));
}

BOOST_AUTO_TEST_CASE(a_partition_that_was_paused_alone_is_told_how_to_resume) {
    ending end = one_target();
    end.outcome = failed_with(engine_errc::paused, "");
    target_progress& target = end.final.targets.front();
    target.lanes.resize(2);
    target.lanes[0].state = "completed";
    target.lanes[1].partition = 1;
    target.lanes[1].state = "paused";
    const std::string line = "sluice transfer resume nightly --to s3://b/p --partition 1\n";
    BOOST_TEST(tells(summary_text(end), "resume with: " + line));
    // The transfer as a whole: the command itself resumes it.
    target.lanes[0].state = "paused";
    BOOST_TEST(!tells(summary_text(end), "--partition"));
}

BOOST_AUTO_TEST_CASE(a_command_that_would_be_refused_again_is_not_recommended) {
    const auto recommended = [](const error_code& code, int status) {
        ending end = one_target();
        end.outcome = failed_with(code, "x");
        end.exit_status = status;
        return tells(summary_text(end), "continue with: ");
    };
    BOOST_TEST(!recommended(engine_errc::fenced, 7));
    BOOST_TEST(!recommended(engine_errc::start_refused, 7));
    BOOST_TEST(!recommended(stream_errc::diverged, 7));
    BOOST_TEST(!recommended(engine_errc::usage, 2));
    BOOST_TEST(!recommended(engine_errc::gap, 6));
    BOOST_TEST(!recommended(engine_errc::nothing_to_do, 9));
    // Whose bytes will not be other ones.
    BOOST_TEST(!recommended(errc::damaged, 1));
    BOOST_TEST(!recommended(errc::unsupported_version, 1));
    BOOST_TEST(!recommended(stream_errc::damaged, 1));
    BOOST_TEST(!recommended(stream_errc::malformed, 1));
    BOOST_TEST(!recommended(stream_errc::unfit, 1));
    BOOST_TEST(!recommended(engine_errc::damaged_object, 1));
    BOOST_TEST(recommended(errc::disk_full, 1));
    BOOST_TEST(recommended(errc::io_error, 1));
    BOOST_TEST(!recommended(s3::s3_errc::no_such_bucket, 4));
    BOOST_TEST(!recommended(engine_errc::no_export_here, 3));
    BOOST_TEST(recommended(s3::s3_errc::expired_token, 7));
    BOOST_TEST(recommended(engine_errc::gave_up, 5));
    BOOST_TEST(recommended(engine_errc::limit_reached, 8));
    BOOST_TEST(recommended(errc::disk_full, 1));
}

BOOST_AUTO_TEST_CASE(where_nothing_was_begun_nothing_is_continued) {
    ending end = one_target();
    end.outcome = failed_with(s3::s3_errc::invalid_credentials, "x");
    end.exit_status = 7;
    BOOST_TEST(can_be_continued(end));
    target_progress& target = end.final.targets[0];
    target.bytes = target.events = target.objects = 0;
    BOOST_TEST(!can_be_continued(end));
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_once) {
    ending end = one_target();
    end.outcome = failed_with(errc::disk_full, "the log");
    end.final.targets[0].state = "failed";
    end.final.targets[0].last_error = "another partition met the full disk";
    BOOST_TEST(!tells(summary_text(end), "full disk"));
    end.final.targets.push_back(end.final.targets[0]);
    BOOST_TEST(tells(summary_text(end), "failed: another partition met the full disk"));
    for (target_progress& each : end.final.targets)
        each.last_error = describe(*end.outcome);
    BOOST_TEST(!tells(summary_text(end), "the log"));
    end.outcome = failed_with(engine_errc::paused, ""); // which is told by no line of its own
    end.final.targets[0].state = "paused";
    BOOST_TEST(tells(summary_text(end), "paused: the log"));
}

BOOST_AUTO_TEST_CASE(the_json_document_holds_status_failure_and_progress) {
    ending end = one_target();
    end.outcome = failed_with(s3::s3_errc::no_such_bucket, "bucket b");
    end.exit_status = 4;
    const std::string json = summary_json(end);
    BOOST_TEST(json.starts_with("{\"state\":\"failed\",\"exit_status\":4,"));
    BOOST_TEST(tells(json, "\"where\":\"bucket b\""));
    BOOST_TEST(tells(json, "\"progress\":{"));
    end.final = progress();
    BOOST_TEST(tells(summary_json(end), "\"progress\":null"));
    end.outcome.reset();
    BOOST_TEST(tells(summary_json(end), "\"failure\":null"));
}

BOOST_AUTO_TEST_CASE(every_error_is_one_line_that_names_the_input_and_the_way_out) {
    const failure missing = failed_with(stream_errc::no_such_stream, "stream ordres");
    const std::string line = error_line(missing);
    BOOST_TEST(line.starts_with("sluice: stream ordres: "));
    BOOST_TEST(tells(line, "sluice stream list"));
    BOOST_TEST(!tells(line, "\n"));
    BOOST_TEST(
        error_line(failed_with(errc::invalid_argument, "a\x1b[2J\nb")).find_first_of("\x1b\n") ==
        std::string::npos
    );
    BOOST_TEST(tells(error_line(failed_with(s3::s3_errc::connect_failed, "x")), "--endpoint-url"));
    BOOST_TEST(tells(error_line(failed_with(s3::s3_errc::tls_failed, "x")), "--ca-bundle"));
    BOOST_TEST(
        tells(error_line(failed_with(s3::s3_errc::invalid_credentials, "x")), "AWS_ACCESS_KEY_ID")
    );
    BOOST_TEST(tells(error_line(failed_with(engine_errc::claimed_by_other, "x")), "--take-over"));
    BOOST_TEST(tells(error_line(failed_with(errc::disk_full, "x")), "free some space"));
    const failure malformed = failed_with(stream_errc::malformed, "x");
    BOOST_TEST(tells(std::string(way_out(malformed, "import")), "--on-bad skip"));
    for (const char* verb : {"", "verify", "export"})
        BOOST_TEST(!tells(std::string(way_out(malformed, verb)), "--on-bad"));
    const failure other = failed_with(engine_errc::other_incarnation, "x");
    BOOST_TEST(!tells(std::string(way_out(other, "verify")), "prefix"));
    BOOST_TEST(!tells(std::string(way_out(other, "import")), "prefix"));
}

BOOST_AUTO_TEST_CASE(a_usage_error_is_told_by_its_own_words) {
    BOOST_TEST(
        error_line(failed_with(errc::invalid_argument, "--memory: \"x\" is no size")) ==
        "sluice: --memory: \"x\" is no size"
    );
}

BOOST_AUTO_TEST_CASE(a_row_shows_who_runs_it_and_how_to_continue) {
    transfer_row row;
    row.name = "nightly";
    row.kind = "export";
    row.observed = "running";
    row.desired = "paused";
    row.holder = "pid 7 on host";
    row.command = "sluice export";
    BOOST_TEST(tells(transfer_text(row), "running (wanted: paused)"));
    BOOST_TEST(tells(transfer_text(row), "run by    pid 7 on host"));
    BOOST_TEST(tells(transfer_json(row), "\"progress\":null"));
    BOOST_TEST(!has_ended(row));
    row.observed = "paused";
    BOOST_TEST(has_ended(row));
    row.holder.clear();
    BOOST_TEST(tells(transfer_text(row), "run by    nobody"));
    BOOST_TEST(transfer_list_text({}) == "no transfers yet\n");
}

BOOST_AUTO_TEST_CASE(places_of_one_address_are_told_apart_by_their_hosts_and_others_are_not) {
    transfer_row row;
    row.kind = "export";
    row.source = "log:orders";
    row.targets = "s3://a/p s3://a/p s3://b/p";
    std::vector<destination_row> places(3);
    places[0].target = places[1].target = "s3://a/p";
    places[2].target = "s3://b/p";
    places[0].endpoint = "one:443";
    places[1].endpoint = places[2].endpoint = "two:443";
    BOOST_TEST(tells(
        transfer_text(row, places), "  to        s3://a/p at one:443 s3://a/p at two:443 s3://b/p\n"
    ));
    BOOST_TEST(tells(transfer_text(row, places), "    s3://a/p at one:443  "));
    transfer_row import = row;
    import.kind = "import";
    import.source = "s3://b/p";
    import.targets = "log:copy";
    std::vector<transfer_row> rows{row, import};
    std::vector<destination_row> from{places[2]};
    name_hosts(rows, {{places[2]}, from});
    BOOST_TEST(rows[0].targets == row.targets);
    BOOST_TEST(rows[1].source == "s3://b/p");
    from[0].endpoint = "three:443";
    name_hosts(rows, {places, from});
    BOOST_TEST(rows[0].targets == "s3://a/p at one:443 s3://a/p at two:443 s3://b/p at two:443");
    BOOST_TEST(rows[1].source == "s3://b/p at three:443");
    BOOST_TEST(rows[1].targets == "log:copy");
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_left_running_is_told_as_interrupted) {
    transfer_row row;
    row.name = "nightly";
    row.observed = "waiting";
    row.holder = "pid 7 on host";
    row.command = "sluice export";
    BOOST_TEST(!tells(transfer_list_text({row}), "continue with"));
    mark_interrupted(row);
    BOOST_TEST(row.observed == "interrupted");
    BOOST_TEST(tells(transfer_text(row), "run by    nobody"));
    row.progress = to_json(one_target().final);
    BOOST_TEST(tells(transfer_text(row), "last run  at least 2.0 MiB, 2,000 events, 1 objects"));
    BOOST_TEST(tells(transfer_text(row), "as it wrote down last before it was killed"));
    BOOST_TEST(tells(transfer_list_text({row}), "interrupted"));
    BOOST_TEST(tells(transfer_list_text({row}), "continue with: sluice export\n"));
    row.observed = "paused";
    BOOST_TEST(!tells(transfer_text(row), "at least"));
    mark_interrupted(row);
    BOOST_TEST(row.observed == "paused");
    destination_row place;
    place.lanes.resize(3);
    place.lanes[0].observed = "running";
    place.lanes[1].observed = "completed";
    mark_interrupted(place);
    BOOST_TEST(place.observed == "pending"); // it never began
    BOOST_TEST(place.lanes[0].observed == "interrupted");
    BOOST_TEST(place.lanes[1].observed == "completed");
    BOOST_TEST(place.lanes[2].observed == "");
}

BOOST_AUTO_TEST_CASE(a_row_shows_what_was_moved_and_by_what_names_it_is_known) {
    transfer_row row;
    row.observed = "completed";
    progress seen;
    seen.targets.resize(1);
    seen.targets[0].bytes = 3 << 20;
    seen.targets[0].events = 1234;
    seen.targets[0].percent = 100;
    row.progress = to_json(seen);
    destination_row place;
    place.target = "s3://b/p";
    place.endpoint = "h:9000";
    place.url = "http://h:9000";
    place.claim = "8981668af055aee1";
    place.cursor = "export-20f8f3148665336b";
    const std::string text = transfer_text(row, {place});
    BOOST_TEST(tells(text, "last run  3.0 MiB, 1,234 events, 0 objects, 100 %\n"));
    for (const std::string& each : {place.url, place.claim, place.cursor}) {
        BOOST_TEST(tells(text, each));
        BOOST_TEST(tells(transfer_json(row, {place}), "\"" + each + "\""));
    }
    row.observed = "running";
    BOOST_TEST(tells(transfer_text(row), "this run  "));
}

BOOST_AUTO_TEST_SUITE_END()
