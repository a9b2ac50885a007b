// test: sizes in the words of options.
#include "core/size_words.hpp"

#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(size_words)

BOOST_AUTO_TEST_CASE(a_size_is_told_exactly_as_an_option_takes_it) {
    for (const std::uint64_t size :
         {0ULL,
          1ULL,
          1000ULL,
          1024ULL,
          1025ULL,
          300ULL << 10,
          1ULL << 20,
          (1ULL << 20) + 1024,
          5ULL << 30}) {
        auto read = parse_size(size_word(size));
        BOOST_REQUIRE(read);
        BOOST_TEST(*read == size);
    }
    BOOST_TEST(size_word(300 << 10) == "300KiB");
    BOOST_TEST(size_word(1 << 20) == "1MiB");
    BOOST_TEST(size_word(1000) == "1000");
}

BOOST_AUTO_TEST_SUITE_END()
