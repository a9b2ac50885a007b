// Tests of sluice/s3/short_text.hpp: texts of any length behave alike.
#include <sluice/s3/short_text.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using sluice::s3::short_text;

BOOST_AUTO_TEST_SUITE(short_texts)

/// Around the length that it has room for in itself.
std::vector<std::string> all_lengths() {
    std::vector<std::string> texts;
    for (const std::size_t size : {0, 1, 15, 39, 40, 41, 42, 1000})
        texts.push_back(std::string(size, static_cast<char>('a' + size % 26)));
    return texts;
}

BOOST_AUTO_TEST_CASE(it_is_the_text_it_was_made_of) {
    for (const std::string& text : all_lengths()) {
        const short_text made(text);
        BOOST_TEST(made == text);
        BOOST_TEST(made.size() == text.size());
        BOOST_TEST(made.empty() == text.empty());
        const std::string_view seen = made;
        BOOST_TEST(seen == text);
        const std::string back = made;
        BOOST_TEST(back == text);
        std::ostringstream out;
        out << made;
        BOOST_TEST(out.str() == text);
        BOOST_TEST(!(made == text + "x"));
    }
}

BOOST_AUTO_TEST_CASE(each_length_takes_the_place_of_each_other) {
    for (const std::string& one : all_lengths()) {
        for (const std::string& other : all_lengths()) {
            const short_text from(one);
            short_text copied(other);
            copied = from;
            BOOST_TEST(copied == one);
            BOOST_TEST(from == one);
            short_text moved(other);
            moved = std::move(copied);
            BOOST_TEST(moved == one);
            moved = other;
            BOOST_TEST(moved == other);
            short_text taken(std::move(moved));
            BOOST_TEST(taken == other);
        }
    }
}

BOOST_AUTO_TEST_CASE(it_may_be_assigned_to_itself_and_a_part_of_itself) {
    for (const std::string& text : all_lengths()) {
        short_text one(text);
        const short_text& same = one;
        one = same;
        BOOST_TEST(one == text);
        one = one.view().substr(text.size() / 2);
        BOOST_TEST(one == text.substr(text.size() / 2));
    }
}

BOOST_AUTO_TEST_SUITE_END()
