// test support: the rig, and what each call must come to.
#include "every_call.hpp"

#include "../http_texts.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <utility>

namespace sluice::s3::faults {

using namespace std::chrono_literals;

void kept_log::write(
    log_level, std::string_view message, const log_field* fields, std::size_t count
) {
    text.append(message).append("\n");
    for (std::size_t each = 0; each < count; ++each)
        text.append(fields[each].name).append("=").append(fields[each].value).append("\n");
}

namespace {

client_options logging(client_options options, kept_log& log) {
    options.log = &log;
    return options;
}

/// The range of the object that the request asks for, or all of it.
sound_answer cut_out(sound_answer whole, const std::string& request) {
    const std::string range = header_in(request, "range");
    if (range.empty()) return whole;
    const std::size_t first = std::stoul(range.substr(6)),
                      last = std::stoul(range.substr(range.find('-') + 1));
    whole.status = "206 Partial Content";
    whole.headers += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) +
                     "/" + std::to_string(whole.body.size()) + "\r\n";
    whole.body = whole.body.substr(first, last - first + 1);
    return whole;
}

/// Two chunks and the last one.
std::string write_chunks(const std::string& body) {
    std::string text;
    const std::size_t half = body.size() / 2;
    for (const std::string& each : {body.substr(0, half), body.substr(half)}) {
        if (each.empty()) continue;
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", each.size());
        text += size + each + "\r\n";
    }
    return text + "0\r\n\r\n";
}

} // namespace

boost::asio::io_context& client_rig::shared_context() {
    static boost::asio::io_context one;
    return one;
}

client_rig::client_rig(client_options options)
    : client_rig(std::move(options), std::make_unique<scripted_network>(servers)) {}

client_rig::client_rig(client_options options, std::unique_ptr<network> through)
    : client(context.get_executor(), logging(std::move(options), log), std::move(through)) {}

std::vector<std::string> client_rig::requests() const {
    std::vector<std::string> all;
    for (const scripted_server& each : servers)
        all.insert(all.end(), each.requests.begin(), each.requests.end());
    return all;
}

client_options small_options() {
    client_options options;
    options.where = *parse_endpoint("http://h:9000");
    options.who = {"AKIDEXAMPLE", canary_secret, canary_token, true};
    options.limits.window = 16;
    options.limits.retries.transient_base = options.limits.retries.throttle_base = 0ms;
    options.limits.retries.max_attempts = 2;
    return options;
}

client_options tried_call::options() const {
    client_options options = small_options();
    adjust(options);
    return options;
}

std::string write_answer(const sound_answer& what, const std::string& request, framed_by how) {
    const sound_answer full = what.of_object ? cut_out(what, request) : what;
    const std::string head = "HTTP/1.1 " + full.status + "\r\n" + full.headers;
    if (full.what == sound_answer::kind::no_body) return head + "\r\n";
    if (full.what == sound_answer::kind::data || how == framed_by::length)
        return head + "Content-Length: " + std::to_string(full.body.size()) + "\r\n\r\n" +
               full.body;
    if (how == framed_by::end) return head + "\r\n" + full.body;
    return head + "Transfer-Encoding: chunked\r\n\r\n" + write_chunks(full.body);
}

scripted_exchange tried_call::exchange(std::size_t n, framed_by how) const {
    return scripted_exchange([one = answers.at(n), how](const std::string& request) {
        return write_answer(one, request, how);
    });
}

void tried_call::add_sound(client_rig& rig, std::size_t from, framed_by how) const {
    for (std::size_t n = from; n < answers.size(); ++n) {
        if (n == from || how == framed_by::end) rig.servers.emplace_back();
        rig.servers.back().exchanges.push_back(exchange(n, how));
        rig.servers.back().silent_at_end = how != framed_by::end;
    }
}

sound_run run_soundly(const tried_call& what) {
    client_rig rig(what.options());
    what.add_sound(rig);
    const auto outcome = what.make(rig);
    BOOST_REQUIRE_MESSAGE(outcome.has_value(), what.name << (outcome ? "" : outcome.error().where));
    BOOST_TEST(rig.client.stats().connections_idle == 1u, what.name);
    sound_run ran{rig.servers[0].requests, *outcome};
    BOOST_TEST(ran.requests.size() == what.answers.size(), what.name);
    leaves_nothing_behind(rig, outcome);
    return ran;
}

void leaves_nothing_behind(client_rig& rig, const result<std::string>& outcome) {
    BOOST_TEST(rig.client.stats().connections_busy == 0u);
    rig.client.close();
    BOOST_TEST(rig.client.stats().connections_idle == 0u);
    for (const scripted_server& each : rig.servers)
        BOOST_TEST((each.closed || !each.opened), "a connection stays open");
    std::string told = rig.log.text;
    if (!outcome) told += describe(outcome.error());
    BOOST_TEST(told.find("canary") == std::string::npos, told);
}

s3_errc code_of(const result<std::string>& outcome) {
    BOOST_REQUIRE_MESSAGE(outcome.has_error(), "a success: " << (outcome ? *outcome : ""));
    BOOST_REQUIRE_MESSAGE(
        outcome.error().code.category() == s3_category(), describe(outcome.error())
    );
    return static_cast<s3_errc>(outcome.error().code.value());
}

} // namespace sluice::s3::faults
