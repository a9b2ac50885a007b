// test: suggestions for mistyped words.
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_nearest)

BOOST_AUTO_TEST_CASE(a_slip_is_corrected_and_a_stranger_is_not) {
    const std::vector<std::string> known = {"export", "import", "inspect", "ls"};
    BOOST_TEST(sluice::nearest("exprot", known).value() == "export");
    BOOST_TEST(sluice::nearest("imprt", known).value() == "import");
    BOOST_TEST(sluice::nearest("l", known).value() == "ls");
    BOOST_TEST(sluice::nearest("import", known).value() == "import");
    BOOST_TEST(!sluice::nearest("frobnicate", known).has_value());
    BOOST_TEST(!sluice::nearest("export", {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
