// s3client: single requests, on connections that are not kept.
#include "plain_exchange.hpp"

#include "connection.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/s3/error.hpp>

#include <memory>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_answer = 256 << 10;

client_limits limits_of(const exchange_patience& patience) {
    client_limits limits;
    limits.first_byte = limits.idle = limits.complete = patience.answer;
    return limits;
}

std::string written(const plain_request& what) {
    header_list headers;
    headers.push_back({"host", host_header(what.where)});
    headers.push_back({"user-agent", "sluice"});
    headers.push_back({"connection", "close"});
    for (const header each : what.headers)
        if (each.name != "host") headers.push_back(each);
    if (what.method != "GET")
        headers.push_back({"content-length", std::to_string(what.body.size())});
    return write_request_head(what.method, what.target, headers) + what.body;
}

task<result<answer>>
exchange_once(network& over, const plain_request& what, const client_limits& limits, deadline by) {
    const server_address server = place_request(what.where, "", "").server;
    auto stream = co_await over.connect(server, by);
    if (!stream) co_return stream.error();
    std::uint64_t sent_bytes = 0, received_bytes = 0;
    spare_rooms spare;
    body_counters counters{sent_bytes, received_bytes};
    connection open(std::move(*stream), server, limits, counters, spare);
    std::string head = written(what);
    const auto sent = co_await open.send(std::move(head), nullptr, by);
    if (!sent) co_return sent.error().why;
    answer got;
    auto answered = co_await open.read_head(limits.first_byte, false, by);
    if (!answered) co_return answered.error().why;
    got.head = std::move(*answered);
    auto text = co_await open.read_text(most_answer, limits.idle, by);
    if (!text) co_return text.error().why;
    got.text = std::move(*text);
    co_return std::move(got);
}

bool is_worth_another(const result<answer>& outcome) {
    if (outcome) return outcome->head.status >= 500 || outcome->head.status == 429;
    return classify(outcome.error()) == failure_class::retry;
}

} // namespace

std::string host_header(const endpoint& where) {
    return place_request(where, "", "").host_header;
}

task<result<answer>>
exchange(network& over, const plain_request& what, const exchange_patience& patience, deadline by) {
    if (auto unsafe = find_unsafe_header(what.headers)) co_return *unsafe;
    const client_limits limits = limits_of(patience);
    std::chrono::milliseconds pause{100};
    for (unsigned made = 1;; ++made) {
        const deadline limit = by.earliest(2 * patience.answer);
        auto outcome = co_await exchange_once(over, what, limits, limit);
        if (made >= patience.tries || !is_worth_another(outcome) || by.passed()) {
            if (!outcome && outcome.error().where.find(what.where.host) == std::string::npos) {
                failure why = outcome.error();
                const server_address server = place_request(what.where, "", "").server;
                why.where = to_string(server) + ": " + why.where;
                co_return why;
            }
            co_return outcome;
        }
        co_await sleep_for(pause, by);
        pause *= 2;
    }
}

} // namespace sluice::s3
