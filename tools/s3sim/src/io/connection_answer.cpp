// s3sim: answers, and what is done instead of them.
#include "core/answer_head.hpp"
#include "core/xml_text.hpp"
#include "io/connection.hpp"

#include <sluice/base/sleep.hpp>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace sluice::sim {

namespace connection_answer_detail {

constexpr std::uint64_t slice_bytes = 1 << 20;

/// A body shorter than this is read to its end before an early refusal, to keep the connection.
constexpr std::uint64_t patience_bytes = 256 << 10;

/// The bytes of an object from `offset` on, within one piece: looked at where they lie in memory,
/// or read into `scratch`. Empty when the medium fails.
bytes_view slice_of(const object& from, std::uint64_t offset, std::uint64_t size, buffer& scratch) {
    for (const auto& piece : from.pieces) {
        if (offset >= piece->size()) {
            offset -= piece->size();
            continue;
        }
        const auto count = std::min({size, piece->size() - offset, slice_bytes});
        if (!piece->view().empty()) return piece->view().subspan(offset, count);
        scratch.reset(count);
        return piece->read(offset, scratch.span()) ? scratch.view() : bytes_view();
    }
    return {};
}

/// Copies `from` to `scratch` (if it is not there already) with one bit of byte `at` turned.
bytes_view spoiled(bytes_view from, std::uint64_t at, buffer& scratch) {
    if (from.data() != scratch.view().data()) {
        scratch.reset(from.size());
        std::copy(from.begin(), from.end(), scratch.span().begin());
    }
    scratch.span()[at] ^= std::byte{1};
    return scratch.view();
}

/// Faults that happen while the answer is sent, or in the middle of the request's own course.
bool is_of_answer(fault_kind kind) {
    return kind == fault_kind::truncate || kind == fault_kind::reset_answer ||
           kind == fault_kind::cut_answer || kind == fault_kind::stall_answer ||
           kind == fault_kind::late_effect;
}

void change_headers(
    const std::vector<fault_rule>& rules, std::vector<std::pair<std::string, std::string>>& in
) {
    for (const auto& rule : rules) {
        for (const auto& [name, value] : rule.headers) {
            std::erase_if(in, [&name = name](const auto& one) { return one.first == name; });
            if (rule.kind == fault_kind::set_header) in.emplace_back(name, value);
        }
    }
}

std::string chunk_of(std::string_view data) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + std::string(data) + "\r\n";
}

} // namespace connection_answer_detail

using namespace connection_answer_detail;

task<std::optional<connection::after>> connection::meet_faults(exchange& now, fault_phase phase) {
    for (const auto& rule : now.faults.delays) {
        if (rule.phase != phase) continue;
        if (rule.kind == fault_kind::delay) co_await sleep_for(rule.pause);
        while (rule.kind == fault_kind::hold && here_.has_faults_of(now.faults.edition))
            co_await sleep_for(std::chrono::milliseconds(5));
    }
    const auto& end = now.faults.end;
    if (!end || end->phase != phase || is_of_answer(end->kind)) co_return std::nullopt;
    const auto then = co_await end_by_fault(now, *end);
    co_return then;
}

task<connection::after> connection::end_by_fault(exchange& now, const fault_rule& rule) {
    if (rule.kind == fault_kind::answer || rule.kind == fault_kind::raw_answer)
        co_return co_await send_invented(now, rule);
    if (rule.kind == fault_kind::status_reset) {
        const bool there = co_await skip_body(now, rule.bytes);
        auto why = refuse(rule.status, rule.code, "This answer was asked for by a fault rule.");
        answer out;
        out.status = why.status;
        out.body = error_document(why, "/", now.id);
        now.ask.head.keep_alive = false;
        if (there) co_await send(now, std::move(out));
        stream_->reset();
        co_return after::gone;
    }
    if (rule.kind == fault_kind::status) {
        const bool there = co_await skip_body(now, rule.bytes);
        if (!there) co_return after::gone;
        auto why = refuse(rule.status, rule.code, "This answer was asked for by a fault rule.");
        co_return co_await refuse_request(now, std::move(why));
    }
    if (rule.phase == fault_phase::head) {
        const bool there = co_await skip_body(now, rule.bytes);
        if (!there) co_return after::gone;
    }
    count(now, 0, 0);
    if (rule.kind == fault_kind::lost_answer || rule.kind == fault_kind::close_before)
        co_return after::close;
    if (rule.kind == fault_kind::stall) co_await stall(rule);
    stream_->reset();
    co_return after::gone;
}

task<connection::after> connection::perform_late(exchange& now, received body) {
    const auto rule = *now.faults.end;
    if (rule.status_given) {
        now.faults.end.reset();
        now.ask.head.keep_alive = false;
        auto why = refuse(rule.status, rule.code, "This answer was asked for by a fault rule.");
        co_await refuse_request(now, std::move(why));
        co_await stream_->end();
    } else {
        count(now, 0, 0);
        stream_->reset();
    }
    co_await sleep_for(rule.pause);
    now.ask.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto done = perform(here_.things(), now.ask, std::move(body), here_.rules().operations);
    if (here_.rules().report && !done)
        std::fprintf(stderr, "s3sim: %s: refused when it was done late\n", now.id.c_str());
    co_return after::gone;
}

task<connection::after> connection::send_invented(exchange& now, const fault_rule& rule) {
    if (rule.kind == fault_kind::raw_answer) {
        count(now, rule.status_given ? rule.status : 0, rule.body.size());
        const bool sent = co_await stream_->write(as_bytes(rule.body), bytes_view());
        co_return sent ? after::close : after::gone;
    }
    answer out;
    out.status = rule.status_given ? rule.status : 200;
    out.headers = rule.headers;
    out.body = rule.body;
    if (now.left > 0 || now.wants_continue) now.ask.head.keep_alive = false;
    co_return co_await send(now, std::move(out));
}

/// Holds the connection without reading until the peer gives up or the rule's time is over.
task<void> connection::stall(const fault_rule& rule) {
    const auto span = rule.pause.count() > 0 ? rule.pause : std::chrono::milliseconds(3'600'000);
    const auto until = deadline::in(span);
    constexpr std::chrono::milliseconds often(20), seldom(640); // thousands may be held
    for (auto pause = often; !until.passed() && !stream_->peer_gone();
         pause = std::min(pause * 2, seldom))
        co_await sleep_for(pause, until);
}

task<connection::after> connection::refuse_request(exchange& now, refusal why) {
    answer out;
    out.status = why.status;
    out.headers = why.headers;
    if (why.status != 304) {
        out.headers.emplace_back("Content-Type", "application/xml");
        const auto resource = std::string_view(now.ask.head.target);
        out.body = error_document(why, resource.substr(0, resource.find('?')), now.id);
    }
    if (now.left <= patience_bytes && !now.wants_continue && now.ask.head.keep_alive) {
        const bool whole = co_await skip_body(now, now.left);
        if (!whole) co_return after::close;
    }
    if (now.left == 0 && !now.wants_continue) co_return co_await send(now, std::move(out));
    // The rest of the body would be taken for the next request. The answer goes out first; then
    // the body is read away for a while, or the kernel would answer it with RST and the client
    // might never see the answer.
    now.ask.head.keep_alive = false;
    const auto then = co_await send(now, std::move(out));
    if (then == after::gone) co_return then;
    co_await stream_->end();
    stream_->expires_after(std::chrono::seconds(2));
    co_await skip_body(now, 64 << 20);
    co_return after::gone;
}

task<connection::after> connection::send(exchange& now, answer what) {
    const bool head_only = now.ask.head.method == "HEAD";
    const auto size = what.content ? what.range.size : what.body.size();
    answer_head head;
    head.status = what.status;
    head.headers = std::move(what.headers);
    if (what.status != 204 && what.status != 304) head.length = size;
    head.request_id = now.id;
    head.keep_alive = now.ask.head.keep_alive;
    change_headers(now.faults.headers, head.headers);
    if (now.faults.spaces && !what.content && what.status == 200)
        co_return co_await send_after_spaces(now, what, std::move(head));
    auto text = answer_text(head, now.ask.now);
    if (now.faults.cuts_answer())
        co_return co_await cut(now, what, std::move(text), head_only ? 0 : size);
    std::uint64_t most = head_only ? 0 : size;
    const bool cut = now.faults.ends(fault_kind::truncate) && !head_only;
    if (cut) most = std::min(most, now.faults.end->bytes);
    const bool sent = co_await send_content(now, what, std::move(text), most);
    count(now, what.status, sent ? most : 0);
    if (!sent) co_return after::gone;
    co_return cut || !head.keep_alive ? after::close : after::next;
}

task<connection::after>
connection::cut(exchange& now, const answer& what, std::string head, std::uint64_t size) {
    const auto rule = *now.faults.end;
    count(now, what.status, 0);
    const auto of_head = std::min<std::uint64_t>(rule.bytes, head.size());
    const auto of_body = std::min<std::uint64_t>(rule.bytes - of_head, size);
    head.resize(of_head);
    const bool sent = co_await send_content(now, what, std::move(head), of_body);
    if (!sent) co_return after::gone;
    if (rule.kind == fault_kind::cut_answer) co_return after::close;
    if (rule.kind == fault_kind::stall_answer) co_await stall(rule);
    stream_->reset();
    co_return after::gone;
}

task<connection::after>
connection::send_after_spaces(exchange& now, const answer& what, answer_head head) {
    head.length.reset();
    head.headers.emplace_back("Transfer-Encoding", "chunked");
    const auto begin = answer_text(head, now.ask.now);
    const auto blank = chunk_of(" ");
    bool there = co_await stream_->write(as_bytes(begin), bytes_view());
    const auto until = deadline::in(now.faults.spaces->pause);
    while (there && !until.passed()) {
        there = co_await stream_->write(as_bytes(blank), bytes_view());
        co_await sleep_for(std::chrono::milliseconds(50), until);
    }
    count(now, what.status, there ? what.body.size() : 0);
    if (!there) co_return after::gone;
    if (now.faults.ends(fault_kind::truncate)) co_return after::close;
    const auto rest = chunk_of(what.body) + "0\r\n\r\n";
    there = co_await stream_->write(as_bytes(rest), bytes_view());
    if (!there) co_return after::gone;
    co_return head.keep_alive ? after::next : after::close;
}

/// The head and the first `most` bytes of the body.
task<bool>
connection::send_content(exchange& now, const answer& what, std::string head, std::uint64_t most) {
    buffer scratch;
    auto prefix = as_bytes(head);
    if (!what.content) {
        const auto body = as_bytes(what.body).first(most);
        co_return co_await stream_->write(prefix, body);
    }
    const auto spoil = now.faults.flip && most > 0 ? now.faults.flip->bytes % most : UINT64_MAX;
    std::uint64_t sent = 0;
    do {
        bytes_view slice;
        if (most > 0)
            slice = slice_of(*what.content, what.range.first + sent, most - sent, scratch);
        if (slice.empty() && most > 0) {
            stream_->reset(); // The medium failed after the head was promised.
            co_return false;
        }
        if (spoil >= sent && spoil - sent < slice.size())
            slice = spoiled(slice, spoil - sent, scratch);
        const bool written = co_await stream_->write(prefix, slice);
        if (!written) co_return false;
        prefix = {};
        sent += slice.size();
    } while (sent < most);
    co_return true;
}

} // namespace sluice::sim
