// s3sim: the life of a connection and the course of one request.
#include "io/connection.hpp"

#include "core/object_tags.hpp"
#include "core/quirk_rules.hpp"
#include "core/uri_text.hpp"
#include "io/admin.hpp"

#include <sluice/base/sleep.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace sluice::sim {

namespace connection_detail {

sys_seconds now_seconds() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// Statuses that a healthy client meets in the course of its work.
bool is_usual(unsigned status) {
    return (status >= 200 && status < 400) || status == 404 || status == 409 || status == 412 ||
           status == 416;
}

bool is_admin(const request_head& head) {
    return head.target.starts_with(admin_prefix);
}

} // namespace connection_detail

using namespace connection_detail;

connection::connection(site& here, std::unique_ptr<byte_stream> stream)
    : here_(here), stream_(std::move(stream)), head_(max_head_bytes) {}

task<void> connection::serve() {
    here_.count_connection();
    while (true) {
        const auto then = co_await serve_one();
        if (then == after::gone) co_return;
        if (then == after::close) break;
    }
    co_await stream_->end();
}

/// Bytes of the next head, which then begins at `begin_`; 0 when there is none.
task<std::size_t> connection::read_head() {
    std::memmove(head_.span().data(), head_.span().data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    std::size_t looked = 0;
    while (true) {
        const auto text = as_text(head_.view().first(end_));
        const auto found = text.find("\r\n\r\n", looked);
        if (found != text.npos) co_return found + 4;
        looked = end_ < 3 ? 0 : end_ - 3;
        // What begins otherwise (a handshake of TLS) is no request, however it goes on.
        if (end_ > 0 && (text[0] < 'A' || text[0] > 'Z')) co_return end_;
        if (end_ == head_.size()) co_return 0;
        const auto got = co_await stream_->read_some(head_.span().subspan(end_));
        if (got == 0) co_return 0;
        end_ += got;
    }
}

task<connection::after> connection::serve_one() {
    const auto size = co_await read_head();
    if (size == 0) co_return after::close;
    exchange now;
    now.id = here_.next_request_id();
    now.ask.now = now_seconds();
    now.as = here_.current();
    now.ask.odd = now.as->odd;
    stream_->pace(now.as->speed.bytes_per_second);
    auto head = parse_head(as_text(head_.view().subspan(begin_, size)));
    begin_ += size;
    std::optional<refusal> wrong;
    if (head) {
        now.ask.head = std::move(*head);
        const auto length = body_length(now.ask.head);
        if (!length) wrong = length.error();
        if (length) now.ask.length = now.length = now.left = length->value_or(0);
    } else {
        wrong = head.error();
    }
    if (wrong) {
        now.ask.head.keep_alive = false; // Where the next request begins is not known.
        co_return co_await refuse_request(now, std::move(*wrong));
    }
    now.wants_continue = now.ask.head.get("expect") == "100-continue";
    if (is_admin(now.ask.head)) co_return co_await serve_admin(now);
    co_return co_await serve_operation(now);
}

task<connection::after> connection::serve_admin(exchange& now) {
    std::string body;
    const auto where = parse_target(now.ask.head.target);
    if (!stream_->peer_is_loopback()) {
        auto why =
            refuse(403, "AccessDenied", "the simulator is controlled from its own machine only");
        co_return co_await refuse_request(now, std::move(why));
    }
    if (!where) {
        auto why = where.error();
        co_return co_await refuse_request(now, std::move(why));
    }
    const bool invited = co_await invite_body(now);
    const bool whole = invited && co_await read_text(now, body);
    if (!whole) co_return after::close;
    answer out = administer(here_, now.ask.head.method, *where, body);
    co_return co_await send(now, std::move(out));
}

/// Everything that can be said from the head alone.
std::optional<refusal> connection::understand(exchange& now) {
    auto& ask = now.ask;
    auto where = parse_target(ask.head.target);
    if (!where) return where.error();
    ask.where = std::move(*where);
    const bool copies = ask.head.find("x-amz-copy-source") != nullptr;
    const auto host = ask.head.get("host");
    auto to = find_route(ask.head.method, ask.where, host, here_.rules().domain, copies);
    if (!to) return to.error();
    ask.to = std::move(*to);
    now.name = name_of(ask.to.what);
    auto payload = check_signature(ask.head, ask.where, here_.rules().signing, ask.now);
    if (!payload) return payload.error();
    ask.payload = *payload;
    if (ask.payload.in_chunks) {
        const auto size = parse_number(ask.head.get("x-amz-decoded-content-length"));
        if (!size || body_of(ask.to.what) != body_kind::blob)
            return refuse(400, "InvalidRequest", "x-amz-decoded-content-length is no size");
        ask.length = *size;
    }
    if (auto odd = refuse_by_quirks(ask.odd, ask.to.what, ask.head, ask.payload)) return odd;
    forget_metadata(ask.odd, ask.to.what, ask.head);
    if (ask.odd.close_connections) ask.head.keep_alive = false;
    auto sums = read_checksums(ask.head, ask.odd.ignore_checksums);
    if (!sums) return sums.error();
    ask.sums = std::move(*sums);
    auto tags = read_tagging_header(ask.head.get("x-amz-tagging"));
    if (!tags) return tags.error();
    ask.tags = std::move(*tags);
    now.faults = here_.plan_faults(ask.to);
    if (!now.faults.ignore_conditions)
        ask.given = heeded(ask.odd, ask.to.what, read_conditions(ask.head));
    if (now.faults.ignore_range)
        std::erase_if(ask.head.headers, [](const header& one) { return one.name == "range"; });
    if (now.faults.slow) stream_->pace(now.faults.slow->bytes);
    if (here_.admits_request()) return std::nullopt;
    return refuse(503, "SlowDown", "Please reduce your request rate.");
}

task<connection::after> connection::serve_operation(exchange& now) {
    auto refused = understand(now);
    if (!refused) {
        const auto ended = co_await meet_faults(now, fault_phase::head);
        if (ended) co_return *ended;
        refused = admit(here_.things(), now.ask);
    }
    const auto latency = now.as->speed.latency;
    if (latency.count() > 0) co_await sleep_for(latency);
    if (refused) co_return co_await refuse_request(now, std::move(*refused));
    received body;
    const bool whole = co_await read_body(now, body, refused);
    if (!whole) {
        count(now, 0, 0);
        co_return after::close;
    }
    if (refused) co_return co_await refuse_request(now, std::move(*refused));
    const auto before = co_await meet_faults(now, fault_phase::body);
    if (before) co_return *before;
    if (now.faults.ends(fault_kind::late_effect))
        co_return co_await perform_late(now, std::move(body));
    const auto stored = body.data;
    auto done = perform(here_.things(), now.ask, std::move(body), here_.rules().operations);
    const bool spoil = done && stored && now.faults.flip && stored->size() > 0;
    if (spoil) stored->flip_bit(now.faults.flip->bytes % stored->size());
    const auto later = co_await meet_faults(now, fault_phase::effect);
    if (later) co_return *later;
    if (!done) {
        auto why = told_by_quirks(now.ask.odd, now.ask.to.what, done.error());
        co_return co_await refuse_request(now, std::move(why));
    }
    answer out = std::move(*done);
    spell_etags(now.ask.odd, now.ask.to.what, out.headers, out.body);
    co_return co_await send(now, std::move(out));
}

void connection::count(const exchange& now, unsigned status, std::uint64_t out) {
    if (is_admin(now.ask.head)) return;
    if (here_.rules().report && !is_usual(status)) {
        const auto what = now.ask.to.bucket + '/' + uri_encode(now.ask.to.key, true);
        const auto name = std::string(now.name);
        std::fprintf(
            stderr,
            "s3sim: %s %s %s: status %u\n",
            now.id.c_str(),
            name.c_str(),
            what.c_str(),
            status
        );
    }
    here_.count(now.name, status, now.length - now.left, out);
}

} // namespace sluice::sim
