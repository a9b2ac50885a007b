// s3client: a probe's questions about listings.
#include "prober.hpp"

#include <sluice/base/sleep.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr unsigned fresh_rounds = 3;
constexpr std::chrono::seconds listing_patience{15};

/// Every byte class that a listing may get wrong, but the ones that XML cannot carry.
const std::vector<std::string>& odd_names() {
    static const std::vector<std::string> names = {
        "a b", "a%2Bb", "a+b", "a//b", "a&<b>'\"", "\xC3\xA4\xE2\x82\xAC", "~a!(b)*"};
    return names;
}
constexpr const char* unlistable_name = "a\x01z";

std::string difference(const std::vector<std::string>& seen, const std::vector<std::string>& made) {
    if (!std::is_sorted(seen.begin(), seen.end())) return "not in order";
    if (seen.size() > made.size()) return "more keys than there are";
    return "of " + std::to_string(made.size()) + " keys " + std::to_string(seen.size()) +
           " were listed right";
}

} // namespace

/// Page by page; a store that does not get to an end within a sensible number of them fails.
task<result<std::vector<std::string>>> prober::list_all(const std::string& prefix, unsigned limit) {
    std::vector<std::string> keys;
    list_request what;
    what.bucket = what_.bucket;
    what.prefix = prefix;
    what.limit = limit;
    for (unsigned pages = 0; pages < 50; ++pages) {
        auto page = co_await store_.list(what, soon());
        if (!page) co_return page.error();
        if (page->told_at && !found.clock_ahead) {
            const auto now = std::chrono::system_clock::now();
            const auto ahead = *page->told_at - std::chrono::floor<std::chrono::seconds>(now);
            found.clock_ahead = ahead.count();
        }
        for (const listed_object& each : page->objects)
            keys.push_back(each.key);
        if (page->next_token.empty()) co_return std::move(keys);
        what.token = page->next_token;
    }
    failure why;
    why.code = s3_errc::malformed_answer;
    why.peer_text = "the listing has no end";
    co_return why;
}

task<void> prober::ask_version(ability what, bool second, const std::vector<std::string>& keys) {
    capabilities how;
    how.list_second_version = second;
    store_.set_capabilities(how);
    auto seen = co_await list_all(key_of("list/"), 2);
    if (!seen) {
        const bool nonsense = seen.error().code == s3_errc::malformed_answer;
        if (nonsense) say(what, verdict::no, "the answer is not one of this version");
        if (!nonsense) say(what, seen.error());
    } else if (*seen == keys) {
        say(what, verdict::yes);
    } else {
        say(what, verdict::no, difference(*seen, keys));
    }
}

/// What is put before the plain keys is listed when these are.
task<void> prober::put_odd_keys() {
    for (const std::string& each : odd_names()) {
        const put_request what = put_of(key_of("odd/" + each));
        auto done = co_await put(what, "odd");
        if (!done) say(ability::odd_keys, verdict::no, "refused: " + done.error().peer_text);
    }
    const put_request hard = put_of(key_of("hard/" + std::string(unlistable_name)));
    auto done = co_await put(hard, "hard");
    if (!done) say(ability::url_encoded_listings, verdict::unknown, "such keys are refused");
    hard_key_ = done ? hard.key : std::string();
}

task<void> prober::ask_odd_keys() {
    if (found.of(ability::odd_keys).said == verdict::unknown) {
        std::vector<std::string> keys;
        for (const std::string& each : odd_names())
            keys.push_back(key_of("odd/" + each));
        std::sort(keys.begin(), keys.end());
        auto seen = co_await list_all(key_of("odd/"), 1000);
        if (!seen)
            say(ability::odd_keys, seen.error());
        else if (*seen == keys)
            say(ability::odd_keys, verdict::yes);
        else
            say(ability::odd_keys, verdict::no, difference(*seen, keys));
    }
    if (hard_key_.empty()) co_return;
    auto seen = co_await list_all(key_of("hard/"), 1000);
    if (!seen)
        say(ability::url_encoded_listings, verdict::no, "the listing cannot be read");
    else if (seen->size() == 1 && seen->front() == hard_key_)
        say(ability::url_encoded_listings, verdict::yes);
    else
        say(ability::url_encoded_listings, verdict::no, "such a key is not listed as it is");
}

task<result<bool>> prober::is_listed(const std::string& key) {
    auto seen = co_await list_all(key, 10);
    if (!seen) co_return seen.error();
    const bool there = std::find(seen->begin(), seen->end(), key) != seen->end();
    co_return there;
}

task<void> prober::ask_freshness() {
    for (unsigned round = 0; round < fresh_rounds; ++round) {
        const put_request what = put_of(key_of("fresh-" + std::to_string(round)));
        auto done = co_await put(what, "fresh");
        if (!done) co_return;
        auto there = co_await is_listed(what.key);
        auto gone = co_await drop(what.key, std::string());
        auto still = co_await is_listed(what.key);
        if (!there || !gone || !still) co_return;
        if (!*there || *still) {
            const char* note = *there ? "an object that was removed is still listed"
                                      : "an object that was put is not listed yet";
            say(ability::listing_after_write, verdict::no, note);
            co_return;
        }
    }
    say(ability::listing_after_write, verdict::yes);
}

/// Waits for the keys to be listed, which should take no time at all. False: they are not.
/// Either version of listings will do. Errors: what the store says to both.
task<result<bool>> prober::settle(const std::vector<std::string>& keys) {
    const auto until = by_.earliest(listing_patience);
    capabilities how;
    store_.set_capabilities(how);
    bool at_once = true;
    while (true) {
        auto seen = co_await list_all(key_of("list/"), 1000);
        if (!seen && !how.list_second_version) co_return seen.error();
        if (!seen) {
            how.list_second_version = false;
            store_.set_capabilities(how);
            continue;
        }
        if (seen->size() == keys.size()) break;
        if (until.passed()) co_return false;
        at_once = false;
        co_await sleep_for(std::chrono::milliseconds(200), until);
    }
    if (!at_once)
        say(ability::listing_after_write, verdict::no, "an object that was put is not listed yet");
    co_return true;
}

task<void> prober::ask_listings() {
    co_await put_odd_keys();
    std::vector<std::string> keys;
    for (unsigned n = 0; n < 5; ++n) {
        const put_request what = put_of(key_of("list/" + std::to_string(n)));
        auto done = co_await put(what, "listed");
        if (done) keys.push_back(what.key);
    }
    const auto settled = co_await settle(keys);
    if (!settled) {
        for (ability each : {ability::list_v1, ability::list_v2, ability::odd_keys})
            say(each, settled.error());
        co_return;
    }
    if (!*settled) {
        const char* note = "what was put is not listed within 15 s";
        say(ability::listing_after_write, verdict::no, note);
        say(ability::list_v1, verdict::unknown, note);
        say(ability::list_v2, verdict::unknown, note);
        say(ability::odd_keys, verdict::unknown, note);
        co_return;
    }
    co_await ask_version(ability::list_v1, false, keys);
    co_await ask_version(ability::list_v2, true, keys);
    capabilities how;
    how.list_second_version = found.of(ability::list_v2).said != verdict::no;
    store_.set_capabilities(how);
    if (found.of(ability::listing_after_write).said == verdict::unknown) co_await ask_freshness();
    co_await ask_odd_keys();
}

} // namespace sluice::s3
