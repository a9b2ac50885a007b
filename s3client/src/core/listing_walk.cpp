// s3client: what makes pages one listing.
#include <sluice/s3/error.hpp>
#include <sluice/s3/listing_walk.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

/// In a row. A store may look through many removed versions for one page; a walk of this many has
/// met one that does not mean to end.
constexpr std::size_t most_pages_without_names = 1000;

} // namespace

listing_walk::listing_walk(list_request first) : request_(std::move(first)) {}

failure listing_walk::refuse(const char* how, std::string names) const {
    failure why;
    why.code = s3_errc::malformed_answer;
    why.where = "the listing of s3://" + request_.bucket + "/" + request_.prefix + " " + how;
    why.peer_text = std::move(names);
    return why;
}

result<void> listing_walk::check_order(const list_page& page) const {
    const char* const how = "is not in the order of its keys, or repeats them";
    const auto behind = [](const std::string& name, const std::string& other) {
        return name + " behind " + other;
    };
    const std::string* before = &last_;
    for (const listed_object& each : page.objects) {
        if (each.key <= *before) return refuse(how, behind(each.key, *before));
        before = &each.key;
    }
    before = &last_;
    for (const std::string& each : page.prefixes) {
        if (each <= *before) return refuse(how, behind(each, *before));
        before = &each;
    }
    return result<void>();
}

result<void> listing_walk::check_advance(const list_page& page) const {
    const std::string& next = page.next_token;
    if (next.empty()) return result<void>();
    const bool names = !page.objects.empty() || !page.prefixes.empty();
    const bool seen = std::find(tokens_.begin(), tokens_.end(), next) != tokens_.end();
    if (next == request_.token || (!names && seen)) return refuse("does not advance", next);
    if (!names && tokens_.size() >= most_pages_without_names)
        return refuse("does not advance: page after page names nothing", next);
    return result<void>();
}

result<void> listing_walk::take(const list_page& page) {
    auto ordered = check_order(page);
    if (!ordered) return ordered;
    auto advances = check_advance(page);
    if (!advances) return advances;
    if (!page.objects.empty()) last_ = std::max(last_, page.objects.back().key);
    if (!page.prefixes.empty()) last_ = std::max(last_, page.prefixes.back());
    if (!page.objects.empty() || !page.prefixes.empty()) tokens_.clear();
    tokens_.push_back(page.next_token);
    request_.token = page.next_token;
    ended_ = page.next_token.empty();
    return result<void>();
}

} // namespace sluice::s3
