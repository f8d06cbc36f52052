"""What others publish about the networks of the zoo, copied from where it stands."""

TORCHVISION = {
    "alexnet": (61_100_840, 0.714),
    "vgg11": (132_863_336, 7.609),
    "vgg11-bn": (132_868_840, 7.609),
    "vgg13": (133_047_848, 11.308),
    "vgg13-bn": (133_053_736, 11.308),
    "vgg16": (138_357_544, 15.47),
    "vgg16-bn": (138_365_992, 15.47),
    "vgg19": (143_667_240, 19.632),
    "vgg19-bn": (143_678_248, 19.632),
    "googlenet": (6_624_904, 1.498),
    "resnet18": (11_689_512, 1.814),
    "resnet34": (21_797_672, 3.664),
    "resnet50": (25_557_032, 4.089),
    "resnet101": (44_549_160, 7.801),
    "resnet152": (60_192_808, 11.514),
    "resnext50": (25_028_904, 4.23),
    "resnext101": (88_791_336, 16.414),
    "wide-resnet50": (68_883_240, 11.398),
    "wide-resnet101": (126_886_696, 22.753),
    "densenet121": (7_978_856, 2.834),
    "densenet161": (28_681_000, 7.728),
    "densenet169": (14_149_480, 3.36),
    "densenet201": (20_013_928, 4.291),
    "mobilenet-v2": (3_504_872, 0.301),
    "mobilenet-v3-large": (5_483_032, 0.217),
    "mobilenet-v3-small": (2_542_856, 0.057),
    "squeezenet": (1_248_424, 0.819),
    "squeezenet1.1": (1_235_496, 0.349),
    "shufflenet-v2": (2_278_604, 0.145),
    "efficientnet-b0": (5_288_548, 0.386),
    "efficientnet-b1": (7_794_184, 0.687),
    "efficientnet-b2": (9_109_994, 1.088),
    "efficientnet-b3": (12_233_232, 1.827),
    "efficientnet-b4": (19_341_616, 4.394),
    "efficientnet-b5": (30_389_784, 10.266),
    "efficientnet-b6": (43_040_704, 19.068),
    "efficientnet-b7": (66_347_960, 37.746),
    "convnext-tiny": (28_589_128, 4.456),
    "convnext-small": (50_223_688, 8.684),
    "convnext-base": (88_591_464, 15.355),
    "convnext-large": (197_767_336, 34.361),
    "vit-b16": (86_567_656, 17.564),
}
"""``num_params`` and ``_ops`` (billions of multiply-adds) of torchvision's weights (torchvision/models/*.py)."""

OTHERS = {
    "vgg16-2014": 138_357_544,  # Keras, applications: VGG16, with its top
    "vgg19-2014": 143_667_240,  # Keras, applications: VGG19, with its top
    "alexnet-2012": 60_965_224,  # Hewlett Packard, Deep Learning Benchmarking Suite, docs: models
    "inception-v3": 23_834_568,  # imgclsmob (O. Sémery); torchvision's 27,161,264 has the auxiliary classifier
    "mobilenet-v1": 4_231_976,  # imgclsmob; Keras: 4,231,976 trainable of 4,253,864
    "darknet53": 41_609_928,  # imgclsmob
    "unet": 31_030_658,  # Keras and PyTorch versions that keep to the paper's 572x572 in, 388x388 out
    "patchgan70": 2_768_705,  # Keras (trainable) and PyTorch versions of pix2pix
    "dcgan-generator": 3_576_704,  # torchsummary of PyTorch's DCGAN example
    "lenet5": 61_706,  # the sum that course notes print for LeNet-5 with a fully connected C3
}
"""Parameters of the networks that torchvision has not, or has otherwise."""

OPERATIONS = {
    "mobilenet-v1": (569e6, 0.001),  # Howard et al. 2017, table 4
    "darknet19": (5.58e9 / 2, 0.001),  # Redmon, Farhadi 2016, sec. 3: operations, two for each MAC
    "darknet53": (18.57e9 / 2, 0.001),  # pjreddie.com/darknet/imagenet: 18.57 Bn operations; 18.7 in the paper
}
"""Multiply-adds that papers give, and how exactly they give them."""

FIELDS = {
    ("alexnet-v2-slim", "features"): (195, 32, 64),
    ("vgg16", "features"): (212, 32, 90),
    ("mobilenet-v1", "relu27"): (315, 32, 126),
    ("inception-v3", "mixed7c"): (1311, 32, 618),
    ("resnet50-slim", "block4"): (483, 32, 239),
    ("resnet101-slim", "block4"): (1027, 32, 511),
    ("resnet152-slim", "block4"): (1507, 32, 751),
}
"""Receptive field, effective stride and effective padding in the table of Araujo, Norris, Sim, Distill 2019."""

DEEPFACE = {
    "c1": ("142x142x32", 11_648),
    "m2": ("71x71x32", 0),
    "c3": ("63x63x16", 41_488),
    "l4": ("55x55x16", 62_774_800),
    "l5": ("25x25x16", 7_850_000),
    "l6": ("21x21x16", 2_829_456),
    "f7": ("4096", 28_905_472),
    "f8": ("4030", 16_510_910),
}
"""The sizes of Taigman et al. 2014, fig. 2, and what its layers take, each position of L4 to L6 with its own filters:
for L4 that is 55·55·16·(9·9·16 + 1)."""
