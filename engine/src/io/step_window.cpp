// engine: blocks on their way to several destinations at once, made by the foremost lane.
#include "step_window.hpp"

#include <boost/asio/redirect_error.hpp>

namespace sluice {

namespace {

step_block block_of(unsigned part, const block_shape& shape) {
    return {part, shape.whole().first, shape.whole().next};
}

/// Where those wait that have not begun their part.
constexpr unsigned to_begin = 0;

/// So often those that wait look who keeps them waiting.
constexpr std::chrono::milliseconds glance{20};

} // namespace

/// A block under construction: the others wait for it, and try themselves if it comes to nothing.
class step_window::making {
  public:
    making(step_window& in, const step_block& block) : in_(in), block_(block) {
        in_.being_made_.insert(block_);
    }
    making(const making&) = delete;
    making& operator=(const making&) = delete;
    ~making() {
        in_.being_made_.erase(block_);
        in_.wake(block_.part);
    }

  private:
    step_window& in_;
    step_block block_;
};

step_window::step_window(
    any_io_executor on, block_source& from, const step_rules& rules, line_book& lines
)
    : on_(std::move(on)), from_(from), rules_(rules, lines) {}

task<void> step_window::wait(unsigned at, clock::time_point until) {
    boost::asio::steady_timer timer(on_, until);
    struct entry {
        std::multimap<unsigned, boost::asio::steady_timer*>& among;
        std::multimap<unsigned, boost::asio::steady_timer*>::iterator at;
        ~entry() { among.erase(at); }
    } const here{waiting_, waiting_.emplace(at, &timer)};
    error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
}

void step_window::wake(unsigned at) {
    const auto [first, last] = waiting_.equal_range(at);
    for (auto each = first; each != last; ++each)
        each->second->cancel();
}

void step_window::wake_all() {
    for (const auto& [at, timer] : waiting_)
        timer->cancel();
}

void step_window::step_out(lane_id lane) {
    for (const auto& [member, of] : lanes_)
        if (of == lane) rules_.step_out(member);
    drop_unwanted();
    wake_all();
}

void step_window::drop_unwanted() {
    for (const step_block& each : rules_.take_unwanted()) {
        blocks_.erase(each);
        wake(each.part);
    }
}

/// Nothing of the part is on its way any more.
bool step_window::stands_still(step_group::member who, unsigned part) const {
    const auto way = ways_.find({who, part});
    return way == ways_.end() || way->second->unacknowledged() == 0;
}

void step_window::look_at_lines() {
    if (clock::now() - looked_ < glance) return;
    looked_ = clock::now();
    for (const auto& [part, way] : ways_)
        rules_.look(part.first, part.second, way->unacknowledged(), looked_.time_since_epoch());
}

/// For a moment, or until something changes there; it is then known who was waited for. While bytes
/// of the part are on their way, whoever waits loses nothing.
task<void> step_window::wait_for_others(step_group::member who, unsigned part, unsigned at) {
    const auto from = clock::now();
    const bool stood_still = stands_still(who, part);
    co_await wait(at, from + glance);
    if (stood_still && stands_still(who, part)) {
        look_at_lines();
        rules_.waited(who, part, from.time_since_epoch(), now());
    }
    drop_unwanted();
}

task<void> step_window::ready_for(step_group::member who, unsigned part) {
    while (rules_.should_wait_to_begin(who, part))
        co_await wait_for_others(who, part, to_begin);
}

/// Whether these bytes will do: what only another one's store verifies is compared first, once.
bool step_window::suits(kept_bytes& kept, const block_shape& shape, block_source::verified by) {
    if (kept.block->size() < shape.skipped + shape.bytes) return false;
    if (by == block_source::verified::by_store) return true;
    if (kept.by == block_source::verified::here) return true;
    if (!block_source::are_of(shape, *kept.block)) return false;
    kept.by = block_source::verified::here;
    return true;
}

task<result<shared_block>> step_window::take(
    step_group::member who, step_block block, const block_shape& shape, block_source::verified by
) {
    while (true) {
        const auto there = blocks_.find(block);
        if (there != blocks_.end() && suits(there->second, shape, by))
            co_return there->second.block;
        if (being_made_.count(block) > 0)
            co_await wait(block.part, clock::time_point::max());
        else if (rules_.should_wait_to_make(who, block))
            co_await wait_for_others(who, block.part, block.part);
        else
            break;
    }
    const making under_way(*this, block);
    auto made = co_await from_.bytes_once(shape, by);
    if (made && rules_.keep(who, block, (*made)->size(), now())) blocks_[block] = {*made, by};
    co_return made;
}

// --- seats
// -------------------------------------------------------------------------------------------

step_window::seat::seat(
    step_window& in, lane_id lane, destination_id to, const std::optional<stretch>& object
)
    : in_(&in), who_(in.rules_.join(static_cast<std::uint64_t>(to), object)) {
    in_->lanes_.emplace(who_, lane);
}

void step_window::seat::leave() {
    if (!in_) return;
    in_->rules_.leave(who_);
    in_->lanes_.erase(who_);
    std::erase_if(in_->ways_, [this](const auto& each) { return each.first.first == who_; });
    in_->drop_unwanted();
    in_->wake(to_begin);
    in_ = nullptr;
}

bool step_window::seat::suits(const stretch& object) {
    if (!in_ || !in_->rules_.in_step(who_)) return false;
    if (!in_->rules_.object_of(who_)) {
        in_->rules_.choose(who_, object);
        in_->drop_unwanted();
    }
    return in_->rules_.object_of(who_) == object;
}

std::size_t step_window::seat::together() const {
    return in_ ? in_->rules_.together(who_) : 1;
}

task<void> step_window::seat::ready_for(unsigned part) {
    if (!in_) co_return;
    co_await in_->ready_for(who_, part);
}

void step_window::seat::begin(unsigned part) {
    if (!in_) return;
    in_->rules_.begin(who_, part, now());
    in_->wake(to_begin);
    const auto [first, last] = in_->followers_.equal_range(part);
    for (auto each = first; each != last; ++each)
        if (in_->rules_.is_begun_by_others(each->second.who, part)) each->second.when();
}

step_window::seat::follow::follow(seat& by, unsigned part, std::function<void()> when)
    : in_(by.in_) {
    if (!in_) return;
    at_ = in_->followers_.emplace(part, follower{by.who_, std::move(when)});
    if (in_->rules_.is_begun_by_others(by.who_, part)) at_->second.when();
}

step_window::seat::follow::~follow() {
    if (in_) in_->followers_.erase(at_);
}

void step_window::seat::end(unsigned part) {
    if (!in_) return;
    in_->rules_.end(who_, part, now());
    in_->drop_unwanted();
}

void step_window::seat::ends_with(unsigned part) {
    if (!in_) return;
    in_->rules_.ends_with(who_, part);
    in_->drop_unwanted();
    in_->wake(to_begin);
}

task<result<shared_block>>
step_window::seat::take(unsigned part, const block_shape& shape, block_source::verified by) {
    const step_block block = block_of(part, shape);
    auto taking = in_->take(who_, block, shape, by);
    co_return co_await std::move(taking);
}

void step_window::seat::passed(unsigned part, const block_shape& shape) {
    if (!in_) return;
    const step_block block = block_of(part, shape);
    in_->rules_.passed(who_, block, shape.bytes, now());
    in_->drop_unwanted();
}

void step_window::seat::leaves_by(unsigned part, const s3::outlet* way) {
    if (!in_) return;
    if (way)
        in_->ways_[{who_, part}] = way;
    else
        in_->ways_.erase({who_, part});
}

} // namespace sluice
